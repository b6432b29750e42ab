"""A cell that cannot be used is treated as empty and listed; its seat and the rest go in."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Term
from petition.officials.checks.post_checks import check_officials
from petition.officials.rosters.readers.cell_values import read_date, read_phone
from petition.officials.rosters.roster import Where
from tests.officials.world import (
    BODIES_HEADER,
    CSV_HEADER,
    FULL,
    MA,
    describe,
    find_official,
    import_files,
    lay_districts,
    lay_massachusetts,
    refuse,
    write_csv,
    write_yaml,
)


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("ada example@senate.example", None),
        ("clerk.@senate.example", None),
        ("a..b@senate.example", None),
        ("josé@senate.example", None),
        ("see website", None),
        (["ada@senate.example"], None),
        ("ada@senate.example.", "ada@senate.example"),
        ("mailto:ada@senate.example", "ada@senate.example"),
    ],
)
def test_one_bad_e_mail_does_not_refuse_a_state(
    context: AppContext, tmp_path: Path, email: Any, stored: str | None
) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", describe(1, email=email), *FULL[1:])

    report = import_files(roster)

    assert report.held == 6
    [note] = report.notes
    assert note.startswith("ma.yml, document 1: ") and ("treated as empty" in note) is not stored
    official = find_official("ocd-person/00000001")
    assert next((one.email for one in official.offices if one.email), None) == stored
    assert len(official.offices) == 2
    assert import_files(roster, dry_run=True).notes == report.notes


def test_an_office_that_is_none_is_left_out(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    offices = [
        "1 Mill Lane",
        {"classification": "district", "voice": "n/a", "fax": ["x"], "email": "a b@c.example"},
        {
            "classification": "capitol",
            "address": "Room 1;Boston, MA 02133",
            "voice": "617-555-0100",
        },
    ]

    report = import_files(write_yaml(tmp_path / "ma.yml", describe(1, offices=offices), *FULL[1:]))

    assert report.held == 6 and len(report.notes) == 4
    assert [one.voice for one in find_official("ocd-person/00000001").offices] == ["617-555-0100"]


def test_a_day_that_is_none_does_not_make_an_old_term_run_again(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    jurisdiction = "ocd-jurisdiction/country:us/state:ma/government"
    role = {"type": "upper", "jurisdiction": jurisdiction, "district": "First Essex"}
    old = role | {"district": "Hampden", "start_date": "soon", "end_date": "2019-02-30"}

    report = import_files(write_yaml(tmp_path / "ma.yml", describe(1, roles=[old, role])))

    assert [note.partition(": ")[2] for note in report.notes] == [
        "start_date 'soon' is not a date; treated as empty",
        "end_date '2019-02-30' is not a date; treated as 2019-02",
    ]
    term = db.session.scalars(select(Term)).one()
    assert (term.post.division_id, term.ends_on) == (f"{MA}/sldu:1st_essex", None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-01-31T00:00:00", date(2026, 1, 31), date(2026, 1, 31)),
        ("2026-02-30", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-13-01", date(2026, 1, 1), date(2026, 12, 31)),
        ("1/2/2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("January 2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-2026", None, None),
        ("soon", None, None),
        ("0000-00-00", None, None),
    ],
)
def test_of_a_bad_day_only_what_is_sure_is_taken(
    text: str, first: date | None, last: date | None
) -> None:
    where = Where("ma.csv", "row 2")

    assert read_date(where, text, "starts_on") == first
    assert read_date(where, text, "ends_on", last=True) == last
    assert bool(where.notes) is ("T" not in text)


@pytest.mark.parametrize(
    "text",
    ["617-555-0100", "(617) 555-0100 x12", "+1 617 555 0100", "1-800-555-VOTE", "555-0100"],
)
def test_a_telephone_number_stays_as_it_is_written(text: str) -> None:
    assert read_phone(Where("ma.csv", "row 2"), text, "voice") == text


@pytest.mark.parametrize("text", ["n/a", "12", "see website", "ada-5550100@x.example", "5" * 99])
def test_what_is_no_telephone_number_is_listed(text: str) -> None:
    where = Where("ma.csv", "row 2")

    assert read_phone(where, text, "voice") is None
    assert "ma.csv, row 2: voice" in where.notes[0]


def test_the_rows_of_a_csv_go_in_without_their_bad_cells(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    rows = [
        'ocd-person/1,Ada Example,,"First Essex",upper,Ada,Example,a b@c.example,,,,,none,',
        "ocd-person/2,Bo Example,,Hampden,upper,Bo,Example,bo@senate.example.,,,,,,",
    ]

    report = import_files(write_csv(tmp_path / "ma.csv", CSV_HEADER, rows))

    assert report.held == 2 and len(report.notes) == 3
    assert check_officials().counts["sldu"].unreachable == 1


def test_a_csv_of_ones_own_is_listed_the_same_way(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
    rows = [
        f"{MA}/place:boston,council,City Council,Dear Councilors,clerk@city@x.example,,12,",
        f"{MA}/place:lynn,council,City Council,Dear Councilors,clerk@lynn.example,,,",
    ]

    report = import_files(write_csv(tmp_path / "b.csv", BODIES_HEADER, rows))

    assert report.new_posts == 2
    assert [note.partition(":")[0] for note in report.notes] == ["b.csv, row 2"] * 2


def test_all_rows_that_cannot_be_used_are_listed_at_once(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    rows = [
        "ocd-person/1,,,Hampden,upper,,,,,,,,,",
        "ocd-person/2,Bo Example,,Hampden,senate,Bo,Example,,,,,,,",
    ]

    message = refuse(write_csv(tmp_path / "ma.csv", CSV_HEADER, rows))

    assert "2 rows or files cannot be used" in message
    assert "row 2: name is empty" in message and "row 3: current_chamber is 'senate'" in message
