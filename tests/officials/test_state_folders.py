"""A state's folder as OpenStates has it; what of a roster has no district, and leaving it out."""

from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext

from petition.core.errors import ImportRefused
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
    read_holders,
    refuse,
    write_csv,
    write_yaml,
)

GOVERNMENT = "ocd-jurisdiction/country:us/state:ma/government"
JURISDICTIONS = [
    {"name": "Boston", "id": "ocd-jurisdiction/country:us/state:ma/place:boston/government"},
    {"name": "Lynn", "id": "ocd-jurisdiction/country:us/state:ma/place:lynn/government"},
]


def fill(folder: Path) -> Path:
    """Write the folder of a state, with a person a file."""
    people: dict[str, list[Any]] = {
        "legislature": list(FULL),
        "municipalities": [describe_mayor(11, "boston"), describe_mayor(12, "lynn")],
        "executive": [
            describe(21, roles=[{"type": "governor", "jurisdiction": GOVERNMENT}]),
            describe(22, roles=[{"type": "secretary of state", "jurisdiction": GOVERNMENT}]),
        ],
        "retired": [describe(31, roles=[])],
        "committees": [{"id": "ocd-organization/1", "name": "Ways", "jurisdiction": GOVERNMENT}],
    }
    for name, documents in people.items():
        (folder / name).mkdir(parents=True)
        for number, document in enumerate(documents):
            write_yaml(folder / name / f"{number}.yml", document)
    write_yaml(folder / "municipalities.yml", JURISDICTIONS)
    return folder


def test_a_whole_folder_goes_in(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
    folder = fill(tmp_path / "ma")

    report = import_files(folder)

    assert (report.new_posts, report.held, report.passed_over) == (9, 9, 1)
    assert read_holders()["place:lynn mayor-1"] == "Example12"
    assert not import_files(folder).changed


def test_without_places_the_mayors_are_passed_over_and_counted(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    lay_districts("county", {"essex": "Essex County"})

    report = import_files(fill(tmp_path / "ma"))

    assert (report.held, report.without_place) == (7, 2)


def test_the_list_of_municipalities_alone_names_nobody(context: AppContext, tmp_path: Path) -> None:
    message = refuse(write_yaml(tmp_path / "municipalities.yml", JURISDICTIONS))

    assert "it names no one in office" in message


def test_every_file_that_cannot_be_used_is_listed(context: AppContext, tmp_path: Path) -> None:
    folder = fill(tmp_path / "ma")
    (folder / "legislature" / "broken.yml").write_text("a: [", "utf-8")
    (folder / "legislature" / "other.yml").write_text("just: words", "utf-8")

    message = refuse(folder)

    assert "2 rows or files cannot be used" in message
    assert "broken.yml, line" in message and "other.yml, document 1: its structure" in message


def test_committees_that_are_given_themselves_are_passed_over(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    committee = write_yaml(tmp_path / "ways.yml", {"id": "ocd-organization/1", "name": "Ways"})

    assert import_files(committee, write_yaml(tmp_path / "ma.yml", *FULL)).held == 6


ODD = (describe(7, "Third Essex"), describe(8, "No Such"), describe(9, "Ninth Such", "lower"))


def test_all_seats_without_a_district_are_listed_at_once(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()

    message = refuse(write_yaml(tmp_path / "ma.yml", *FULL, *ODD))

    assert message.startswith("3 seats of the roster have no district:")
    for number, label in enumerate(("Third Essex", "No Such", "Ninth Such"), 7):
        assert f"ma.yml, document {number}: the district {label!r}" in message
    assert "--skip-unjoined" in message and "--leave-out" in message


def test_a_list_of_several_files_is_one_list(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    first = write_yaml(tmp_path / "a.yml", *FULL, ODD[0])
    second = write_yaml(tmp_path / "b.yml", *ODD[1:])

    message = refuse(first, second)

    assert "a.yml, document 7" in message and "b.yml, document 2" in message


def test_a_layer_that_is_not_loaded_is_one_line(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", {"1st_essex": "1st Essex", "7th_hampden": "7th Hampden"})

    message = refuse(write_yaml(tmp_path / "ma.yml", *FULL))

    assert "'First Essex' (upper) and 3 more seats" in message
    assert "the layer sldu of Massachusetts is not loaded" in message
    assert "petition districts import" in message


def test_what_is_named_is_left_out(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", *FULL, *ODD)

    assert "'Ninth Such'" in refuse(roster, leave_out=["third essex", "No Such"])
    report = import_files(roster, leave_out=["third essex", "No Such", "lower:9th Such"])

    assert report.held == 6 and len(report.left_out) == 3


def test_a_chamber_before_a_label_leaves_the_other_one_in(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()

    report = import_files(write_yaml(tmp_path / "ma.yml", *FULL), leave_out=["lower:1st Essex"])

    assert report.left_out == ["ma.yml, document 5: '1st Essex' (lower)"]
    assert report.held == 5


def test_all_without_a_district_can_be_skipped_and_are_listed(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", *FULL, *ODD)

    rehearsed = import_files(roster, skip_unjoined=True, dry_run=True)
    assert read_holders() == {}
    report = import_files(roster, skip_unjoined=True)

    assert report.held == 6 and len(report.skipped) == 3
    assert "'No Such'" in report.skipped[1]
    assert (rehearsed.skipped, rehearsed.held) == (report.skipped, report.held)


def test_a_roster_of_nothing_else_is_refused_all_the_same(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()

    assert "have no district" in refuse(write_yaml(tmp_path / "m.yml", *ODD), skip_unjoined=True)


def test_who_is_left_out_does_not_become_former(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    renamed = [describe(1, "Essex, the New One"), *FULL[1:5]]

    report = import_files(write_yaml(tmp_path / "ma.yml", *renamed, FULL[5]), skip_unjoined=True)

    assert report.former == []
    assert read_holders()["sldu:1st_essex upper-1"] == "Example1"
    successor = [*renamed, FULL[5], describe(10, "First Essex")]
    report = import_files(write_yaml(tmp_path / "ma.yml", *successor), skip_unjoined=True)
    assert len(report.former) == 1
    assert read_holders()["sldu:1st_essex upper-1"] == "Example10"


def test_a_mayor_or_a_body_is_left_out_by_its_place(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    mayors = write_yaml(tmp_path / "m.yml", describe_mayor(1, "boston"), describe_mayor(2, "lynn"))
    bodies = write_csv(
        tmp_path / "b.csv",
        BODIES_HEADER,
        [f"{MA}/place:{place},council,Council,Dear Members,,,," for place in ("boston", "lynn")],
    )

    report = import_files(mayors, bodies, leave_out=["Lynn"])

    assert len(report.left_out) == 2
    assert set(read_holders()) == {"place:boston mayor-1", "place:boston council-1"}


def test_a_csv_that_names_no_state_lists_all_as_well(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    rows = [
        f"ocd-person/{number},Ada Example,,{label},upper,Ada,Example,,,,,,,"
        for number, label in enumerate(("First Essex", "No Such", "Nor This"))
    ]

    message = refuse(write_csv(tmp_path / "people.csv", CSV_HEADER, rows))

    assert "row 3" in message and "row 4" in message


def test_members_of_congress_of_states_without_districts_are_a_line_each(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cd", {"1": "District 1"})
    members = [
        describe_member("A1", district=1),
        describe_member("B2", "TX", district=1),
        describe_member("B3", "TX", district=2),
    ]
    roster = write_yaml(tmp_path / "members.yaml", members)

    with pytest.raises(ImportRefused, match="cd:1.*and 1 more seats.*of Texas is not loaded"):
        import_files(roster)
    assert import_files(roster, skip_unjoined=True).held == 1
