"""``petition districts activate``: a dry run, a question, and then the set is in force."""

from datetime import timedelta

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import BoundarySet
from tests.cli.runner import read_error, run
from tests.redistricting.world import (
    AFTER,
    AMHERST,
    FITCHBURG,
    lay_state,
    read_tallies,
    sign,
    store,
    work,
)


@pytest.fixture
def later(app: Flask) -> tuple[int, int]:
    """A set that waits, and a campaign with signers; gives both ids."""
    with app.app_context():
        _, campaign_id = lay_state()
        sign(campaign_id, AMHERST, 3)
        sign(campaign_id, FITCHBURG, 4)
        work(campaign_id)
        return store(AFTER, "after"), campaign_id


def read_state(app: Flask, set_id: int) -> str:
    with app.app_context():
        return db.session.get_one(BoundarySet, set_id).state


def test_a_dry_run_says_who_changes_district_and_stops(app: Flask, later: tuple[int, int]) -> None:
    result = run(app, "districts", "activate", str(later[0]), "--dry-run")

    assert result.exit_code == 0, result.output
    assert "Of 7 signers, 3 would stay in the same district, 4 would change" in result.output
    assert "District One" in result.output and "District Two" in result.output
    assert read_state(app, later[0]) == "loaded"


def test_it_asks_before_it_does_it(app: Flask, later: tuple[int, int]) -> None:
    refused = run(app, "districts", "activate", str(later[0]), typed="n\n")
    agreed = run(app, "districts", "activate", str(later[0]), typed="y\n")

    assert refused.exit_code != 0 and "Put it in force?" in refused.output
    assert agreed.exit_code == 0, agreed.output
    assert f"Boundary set {later[0]} is in force: 3 districts added, 2 removed." in agreed.output
    assert "moving 7 counted signers" in agreed.output
    assert read_state(app, later[0]) == "active"
    with app.app_context():
        work(later[1])
        assert read_tallies() == {"one": (3, 0), "two": (4, 0)}


def test_a_day_to_come_is_kept_for_the_scheduler(app: Flask, later: tuple[int, int]) -> None:
    day = utcnow().date() + timedelta(days=30)

    result = run(app, "districts", "activate", str(later[0]), "--on", str(day), "--yes")
    listed = run(app, "districts", "list")

    assert f"is approved and takes effect on {day}" in result.output
    assert read_state(app, later[0]) == "loaded"
    assert str(day) in listed.output


def test_a_second_time_says_that_nothing_was_changed(app: Flask, later: tuple[int, int]) -> None:
    run(app, "districts", "activate", str(later[0]), "--yes")

    again = run(app, "districts", "activate", str(later[0]), "--yes")

    assert again.exit_code == 0
    assert "nothing was changed" in again.output


def test_an_unknown_set_is_said_in_one_line(app: Flask) -> None:
    result = run(app, "districts", "activate", "4711", "--yes")

    assert "There is no boundary set 4711" in read_error(result)
