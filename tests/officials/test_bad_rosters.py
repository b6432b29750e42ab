"""Files that are refused whole, with their place, what was expected and what to do."""

from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Official
from tests.officials.world import (
    BODIES_HEADER,
    CSV_HEADER,
    FULL,
    MA,
    describe,
    describe_mayor,
    describe_member,
    import_files,
    lay_districts,
    lay_massachusetts,
    refuse,
    write_csv,
    write_yaml,
)

ROW = 'ocd-person/1,Ada Example,,"First Essex",upper,Ada,Example,,,,,,,'
BODY = f"{MA}/place:boston,council,City Council,Dear Councilors,,,,"


@pytest.fixture(autouse=True)
def ground(context: AppContext) -> None:
    lay_massachusetts()
    lay_districts("cousub", {"boston": "Boston"}, kind="place")


def test_one_district_that_is_not_loaded_refuses_all_of_the_roster(tmp_path: Path) -> None:
    roster = write_yaml(tmp_path / "ma.yml", *FULL, describe(9, "Third Essex"))

    message = refuse(roster)

    assert "ma.yml, document 7" in message
    assert "'Third Essex'" in message and "sldu:3rd_essex" in message and "--districts" in message


def test_without_the_layer_it_says_to_load_it(tmp_path: Path) -> None:
    member = write_yaml(tmp_path / "members.yaml", [describe_member("A1", district=1)])

    message = refuse(member)

    assert "members.yaml, item 1" in message
    assert "petition districts import" in message


def test_a_town_that_is_not_loaded_is_refused(tmp_path: Path) -> None:
    assert "place:lynn" in refuse(write_yaml(tmp_path / "m.yml", describe_mayor(1, "lynn")))


def test_a_label_that_fits_two_districts_is_refused(tmp_path: Path) -> None:
    lay_districts("sldu", {"addison-1": "Addison-1", "addison_1": "Addison 1"}, state="VT")
    jurisdiction = "ocd-jurisdiction/country:us/state:vt/government"
    role = {"type": "upper", "jurisdiction": jurisdiction, "district": "Addison 1"}

    message = refuse(write_yaml(tmp_path / "vt.yml", describe(1, roles=[role])))

    assert "more than one" in message


def test_a_csv_of_numbers_must_say_which_state_it_is_of(tmp_path: Path) -> None:
    lay_districts("sldu", {"1": "State Senate District 1"}, state="TX")
    rows = ["ocd-person/1,Ada Example,,1,upper,Ada,Example,,,,,,,"]

    assert "--state" in refuse(write_csv(tmp_path / "people.csv", CSV_HEADER, rows))
    report = import_files(write_csv(tmp_path / "tx.csv", CSV_HEADER, rows))
    assert report.held == 1


def test_a_csv_of_names_tells_its_state_by_itself(tmp_path: Path) -> None:
    lay_districts("sldu", {"1": "State Senate District 1"}, state="TX")

    assert import_files(write_csv(tmp_path / "people.csv", CSV_HEADER, [ROW])).held == 1


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (
            CSV_HEADER.replace("current_district,", ""),
            [ROW.replace('"First Essex",', "")],
            "row 1: the column current_district is missing",
        ),
        ("name,email", ["a,b"], "row 1: its columns match no known format"),
        (
            BODIES_HEADER.replace(",role", ""),
            [BODY.replace(",council", "")],
            "row 1: the column role is missing",
        ),
        (f"{BODIES_HEADER},mayor", [f"{BODY},x"], "row 1: the column 'mayor' is not known"),
        (CSV_HEADER, [], "the file is empty"),
        (CSV_HEADER, [ROW, ROW], "row 3: the id ocd-person/1 is already at ma.csv, row 2"),
        (CSV_HEADER, [f"{ROW},more"], "row 2: it has 15 cells"),
        (CSV_HEADER, [ROW.replace("Ada Example", "")], "row 2: name is empty"),
        (CSV_HEADER, [ROW.replace("upper", "senate")], "row 2: current_chamber is 'senate'"),
        (CSV_HEADER, ['"unfinished'], "row 2: it is not a row of a CSV"),
        (BODIES_HEADER, [BODY, BODY], "row 3: the id"),
        (BODIES_HEADER, [BODY.replace("council,", "king,")], "row 2: the role is 'king'"),
        (BODIES_HEADER, [BODY.replace("City Council", "")], "row 2: the title is empty"),
        (BODIES_HEADER, [BODY.replace(MA, "Massachusetts")], "row 2: the division_id is"),
        (BODIES_HEADER, [BODY.replace("boston", "lynn")], "row 2: the division"),
        (BODIES_HEADER, [BODY.replace("council,", "mayor,")], "row 2: the mayor has no name"),
        (f"{BODIES_HEADER},name", [f"{BODY},Ada"], "row 2: it names a person"),
    ],
)
def test_a_csv_with_a_fault_is_refused_with_its_row(
    tmp_path: Path, header: str, rows: list[str], words: str
) -> None:
    assert words in refuse(write_csv(tmp_path / "ma.csv", header, rows))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ma.yml: the file is empty"),
        ("---\n---\n", "ma.yml: the file is empty"),
        ("a: [", "ma.yml, line"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("just: words", "document 1: its structure is not known"),
        ("[1, 2]", "item 1: its structure is not known"),
        ("id: ocd-person/1\nroles: []", "document 1: the person has no name"),
        ("id: ocd-person/1\nname: Ada", "document 1: the person has no role"),
        ("id: ocd-person/1\nname: [Ada]", "document 1: 'name' is not text"),
        ("id: ocd-person/1\nname: Ada\nroles: upper", "document 1: 'roles' is not a list"),
        ("id: ocd-person/1\nname: Ada\nroles: [{district: a}]", "document 1: a role has no type"),
        (
            "id: ocd-person/1\nname: Ada\nroles: [{type: upper, district: a}]",
            "document 1: the jurisdiction is ''",
        ),
        ("- id: {bioguide: A1}\n  terms: []", "item 1: the member has no term"),
        ("- id: {}\n  offices: []", "item 1: there is no bioguide id"),
        (
            "- id: {bioguide: A1}\n  terms: [{type: rep, state: XX}]",
            "item 1: the last term names no state",
        ),
        (
            "- id: {bioguide: A1}\n  terms: [{type: rep, state: MA, district: first}]",
            "item 1: the last term's district is 'first'",
        ),
        (
            "- id: {bioguide: A1}\n  terms: [{type: sen, state: MA}]",
            "item 1: the member has no name",
        ),
        ("- id: {bioguide: A1}\n  offices: []", "none of these members of Congress is known"),
    ],
)
def test_a_yaml_with_a_fault_is_refused_with_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    roster = tmp_path / "ma.yml"
    roster.write_text(text, "utf-8")

    assert words in refuse(roster)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    roster = tmp_path / "ma.csv"
    roster.write_bytes(f"{CSV_HEADER}\n{ROW.replace('Ada', 'Zoë')}\n".encode("latin-1"))

    assert "is not UTF-8" in refuse(roster)


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    roster = tmp_path / "ma.csv"
    roster.write_bytes(f"{CSV_HEADER}\n{ROW}\n".encode("utf-8-sig"))

    assert import_files(roster).held == 1


def test_one_person_in_two_files_is_refused(tmp_path: Path) -> None:
    first = write_yaml(tmp_path / "a.yml", describe(1))
    second = write_yaml(tmp_path / "b.yml", describe(1))

    assert "b.yml, document 1: the id ocd-person/00000001 is already at a.yml" in refuse(
        first, second
    )


def test_a_folder_without_rosters_is_refused(tmp_path: Path) -> None:
    assert "no YAML file" in refuse(tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "people.xlsx"
    other.write_bytes(b"PK")

    assert "people.xlsx" in refuse(other)


def test_a_mapping_without_its_columns_is_refused(tmp_path: Path) -> None:
    labels = write_csv(tmp_path / "labels.csv", "name,id", ["a,b"])

    message = refuse(write_yaml(tmp_path / "ma.yml", *FULL), labels=labels)

    assert "labels.csv, row 1" in message


@pytest.mark.parametrize("blank", ["\u3164", "\u2800\u2800", "...", "\u0301"])
def test_a_name_or_title_that_prints_nothing_is_refused_by_its_row(
    tmp_path: Path, blank: str
) -> None:
    holder = ROW.replace("Ada Example,,", f"{blank},,")
    title = BODY.replace("City Council", blank)
    salutation = BODY.replace("Dear Councilors", blank)

    assert "row 2: the name contains no letter" in refuse(
        write_csv(tmp_path / "ma.csv", CSV_HEADER, [holder])
    )
    for row, column in ((title, "title"), (salutation, "salutation")):
        message = refuse(write_csv(tmp_path / "bodies.csv", BODIES_HEADER, [row]))
        assert f"row 2: the {column} contains no letter" in message


def test_a_family_name_that_prints_nothing_is_taken_from_the_whole_name(tmp_path: Path) -> None:
    import_files(
        write_csv(tmp_path / "ma.csv", CSV_HEADER, [ROW.replace("Ada,Example", "Ada,\u3164")])
    )

    assert db.session.scalars(select(Official.family_name)).one() == "Example"
