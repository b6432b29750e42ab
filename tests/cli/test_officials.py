"""``petition officials``: rosters brought in, and what needs a person."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.extensions import db
from petition.models import Post
from tests.cli.runner import run
from tests.officials.world import FULL, describe_mayor, lay_districts, lay_massachusetts, write_yaml


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
    assert json.loads(result.output) == {
        "sldu": {"posts": 4, "held": 4, "vacant": 0, "ended": 0, "unreachable": 0},
        "sldl": {"posts": 2, "held": 1, "vacant": 1, "ended": 0, "unreachable": 0},
    }


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

    assert result.output == "Posts: 1, all held and within reach.\n"
