"""``petition officials``: rosters brought in, and what needs a person."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import Post
from tests.cli.runner import run
from tests.officials.world import (
    FULL,
    describe,
    describe_mayor,
    lay_districts,
    lay_massachusetts,
    write_csv,
    write_yaml,
)


@pytest.fixture
def roster(app: Flask, tmp_path: Path) -> str:
    """A roster of four senators and one of two representatives, and their districts."""
    with app.app_context():
        lay_massachusetts()
    return str(write_yaml(tmp_path / "ma.yml", *FULL[:5]))


def test_an_import_says_what_it_changed(app: Flask, roster: str) -> None:
    result = run(app, "officials", "import", roster)

    assert result.exit_code == 0, result.output
    assert "Changed: 6 new posts, 5 new officials, 0 updated, 0 former." in result.output
    assert "Seats: 6, 5 held, 1 vacant, 0 whose term has ended." in result.output
    assert "Vacant: State Representative, 7th Hampden District" in result.output


def test_an_import_that_changes_nothing_says_so(app: Flask, roster: str) -> None:
    run(app, "officials", "import", roster)

    assert run(app, "officials", "import", roster).output.startswith("Nothing changed.")
    assert "Nothing would change." in run(app, "officials", "import", roster, "--dry-run").output


def test_a_dry_run_stores_nothing(app: Flask, roster: str) -> None:
    result = run(app, "officials", "import", roster, "--dry-run")

    assert "Would change: 6 new posts" in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Post)) == 0


def test_a_roster_that_is_refused_ends_with_one_line(app: Flask, tmp_path: Path) -> None:
    roster = write_yaml(tmp_path / "mayors.yml", describe_mayor(1, "boston"))

    result = run(app, "officials", "import", str(roster))

    assert result.exit_code == 1
    assert "mayors.yml, document 1" in str(result.exception)


def test_a_file_that_is_not_there_and_flags_that_contradict_are_typed_wrong(
    app: Flask, roster: str
) -> None:
    assert run(app, "officials", "import", "nowhere.csv").exit_code == 2
    assert run(app, "officials", "import", roster, "--complete", "--partial").exit_code == 2


def test_a_check_counts_for_a_program(app: Flask, roster: str) -> None:
    run(app, "officials", "import", roster)

    result = run(app, "officials", "check", "--json")

    assert result.exit_code == 0
    told = json.loads(result.output)
    assert (told["channel"], told["campaign"], told["ok"]) == ("outbox", None, True)
    assert told["counts"]["sldl"] == {
        "posts": 2,
        "held": 1,
        "vacant": 1,
        "ended": 0,
        "unreachable": 0,
        "web_form": 0,
        "paper": 0,
        "no_address": 0,
        "without_post": 0,
    }
    assert [(one["post"], one["reason"]) for one in told["unreached"]] == [
        ("State Representative, 7th Hampden District", "vacant")
    ]


def test_a_check_lists_what_needs_a_person(app: Flask, roster: str) -> None:
    run(app, "officials", "import", roster)

    result = run(app, "officials", "check")

    assert result.exit_code == 0
    assert "vacant" in result.output
    assert "State Representative, 7th Hampden District" in result.output
    assert "Ada" not in result.output


def test_a_check_is_quiet_when_all_is_well(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        lay_districts("cousub", {"boston": "Boston"}, kind="place")
    assert "No posts yet" in run(app, "officials", "check").output
    run(
        app,
        "officials",
        "import",
        str(write_yaml(tmp_path / "m.yml", describe_mayor(1, "boston"))),
    )

    result = run(app, "officials", "check")

    assert result.output == "Posts: 1, all held and reachable.\n"


def test_an_import_lists_the_cells_that_it_took_for_empty(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        lay_massachusetts()
    bad = describe(1, email="ada example@senate.example")
    roster = str(write_yaml(tmp_path / "ma.yml", bad, *FULL[1:]))

    for dry in (["--dry-run"], []):
        result = run(app, "officials", "import", roster, *dry)

        assert result.exit_code == 0, result.output
        assert "Corrected, or treated as empty: 1." in result.output
        assert (
            "document 1: the e-mail 'ada example@senate.example' is not an address" in result.output
        )


def test_what_has_no_district_is_listed_whole_and_left_out_by_option(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context():
        lay_massachusetts()
    odd = [describe(10 + number, f"No Such {number}") for number in range(12)]
    roster = str(write_yaml(tmp_path / "ma.yml", *FULL, *odd))

    refused = str(run(app, "officials", "import", roster).exception)
    skipped = run(app, "officials", "import", roster, "--skip-unjoined", "--leave-out", "No Such 3")

    assert all(f"'No Such {number}'" in refused for number in range(12))
    assert skipped.exit_code == 0, skipped.output
    assert "Left out: 1." in skipped.output
    assert "Left out, without a district: 11." in skipped.output
    assert all(f"'No Such {number}'" in skipped.output for number in range(12))


def test_a_mapping_from_a_spreadsheet_says_what_was_mended(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        lay_massachusetts()
    roster = str(write_yaml(tmp_path / "ma.yml", describe(1, "Here"), *FULL[1:]))
    rows = ["Here;ocd-division/country:us/state:ma/sldu:1st_essex"]
    labels = str(write_csv(tmp_path / "labels.csv", "Label;Division ID", rows))

    result = run(app, "officials", "import", roster, "--districts", labels)

    assert result.exit_code == 0, result.output
    assert "labels.csv: its cells are separated by semicolons" in result.output
    assert "6 held" in result.output


def test_mayors_without_a_place_are_counted_and_a_label_of_nobody_is_said(
    app: Flask, roster: str, tmp_path: Path
) -> None:
    mayors = str(write_yaml(tmp_path / "m.yml", describe_mayor(11, "boston")))

    result = run(app, "officials", "import", roster, mayors, "--leave-out", "Nowhere")

    assert "Mayors skipped, because no place of their state is loaded: 1." in result.output
    assert "--leave-out 'Nowhere': no seat of the roster has this district." in result.output
