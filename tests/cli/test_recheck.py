"""``petition districts recheck``, and the doctor who says that it is to be run."""

import json

import pytest
from flask import Flask
from sqlalchemy import update

from petition.core.extensions import transaction
from petition.health import point_counties
from petition.locating import point_placements
from petition.models import BoundarySet
from tests.cli.runner import run
from tests.cli.test_doctor import find_faults
from tests.notifications.asking_world import count_by_point, lay_world, read_questions
from tests.redistricting.world import send
from tests.web.county_world import SEVERAL
from tests.web.street_world import Town

ONE = "20112"
REMEDY = "Run `petition districts recheck`"


@pytest.fixture
def town(app: Flask) -> Town:
    """A campaign by county, of which earlier versions counted three people by a point."""
    town = lay_world(app, step=2)
    count_by_point(town, ONE, SEVERAL, SEVERAL)
    return town


def test_after_an_upgrade_the_doctor_says_how_many_until_they_were_rechecked(town: Town) -> None:
    before = find_faults(town.app).get("counties", "")
    run(town.app, "districts", "recheck", "--yes")
    town.work()

    assert before.startswith("2 signatures in unsent hundreds were placed by a point")
    assert REMEDY in before
    assert "counties" not in find_faults(town.app)


def test_the_doctor_leaves_those_of_hundreds_that_have_gone(app: Flask) -> None:
    town = lay_world(app, step=2)
    count_by_point(town, SEVERAL, SEVERAL)
    with app.app_context():
        send(town.campaign_id)

    assert "counties" not in find_faults(app)


def test_the_doctor_does_not_count_for_long(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_placements, "BATCH", 2)
    monkeypatch.setattr(point_counties, "LONGEST_SECONDS", 0.0)

    assert find_faults(town.app)["counties"].startswith("at least 1 signature in")


def test_without_polygons_the_doctor_leaves_that_to_another_check(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        session.execute(update(BoundarySet).values(state="retired"))

    faults = find_faults(town.app)

    assert "boundaries" in faults and "counties" not in faults


def test_a_dry_run_says_what_would_be_and_changes_nothing(town: Town) -> None:
    told = run(town.app, "districts", "recheck", "--dry-run")
    as_json = run(town.app, "districts", "recheck", "--dry-run", "--json")

    assert "To be located again: 2. Left as they are" in told.output
    assert "a sent letter names them: 0." in told.output
    assert json.loads(as_json.output) == {"told": 1, "again": 2, "sealed": 0}
    with town.app.app_context():
        assert read_questions() == []
    town.work()
    assert find_faults(town.app)["counties"].startswith("2 ")


def test_it_asks_before_it_begins_and_prints_one_object_for_a_program(town: Town) -> None:
    refused = run(town.app, "districts", "recheck", typed="n\n")
    done = run(town.app, "districts", "recheck", "--yes", "--json")
    again = run(town.app, "districts", "recheck", "--yes", "--json")

    assert refused.exit_code == 1 and "Continue? [y/N]" in refused.output
    assert json.loads(done.output) == {"told": 1, "again": 2, "sealed": 0}
    assert json.loads(again.output) == {"told": 0, "again": 0, "sealed": 0}
    with town.app.app_context():
        assert len(read_questions()) == 2
