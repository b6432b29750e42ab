"""``petition milestones``: what was found of each hundred, and a person's decision."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.core.queues import Stage, get_queues
from petition.models import Milestone, Signature
from tests.cli.runner import run
from tests.web.held_world import LOOKS, make_held


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


def get_state(app: Flask, milestone_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Milestone, milestone_id).state


def count_states(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
        return {state: number for state, number in rows}


def test_no_hundred_is_held_is_said_so(app: Flask) -> None:
    assert "No hundred is held." in run(app, "milestones", "list", "--state", "held").output


def test_the_list_for_programs_has_one_object_a_line(app: Flask) -> None:
    held, clear = make_held(app), make_held(app, robots=0)

    lines = run(app, "milestones", "list", "--json").output.splitlines()
    only = run(app, "milestones", "list", "--state", "held", "--json").output.splitlines()

    found = [json.loads(line) for line in lines]
    assert [(one["id"], one["state"]) for one in found] == [(held, "held"), (clear, "cleared")]
    assert len(only) == 1
    (one,) = map(json.loads, only)
    assert {"id", "campaign", "district", "number", "state", "evidence"} <= set(one)
    assert one["evidence"]["reasons"] == ["network", "unloaded"]
    assert one["evidence"]["network"]["share"] == 60
    assert json.loads(run(app, "status", "--json").output)["held"] == 1


def test_what_was_found_is_shown_in_numbers_and_names_nobody(app: Flask) -> None:
    held = make_held(app)

    output = run(app, "milestones", "show", str(held)).output

    assert "network" in output and "60%" in output and "Held because of" in output
    assert "Ada" not in output and "people.example" not in output


def test_released_its_letter_is_woken(app: Flask) -> None:
    held = make_held(app)

    assert run(app, "milestones", "release", str(held)).exit_code == 2
    tried = run(app, "milestones", "release", str(held), "--why", "A stall", "--dry-run")
    assert (tried.exit_code, get_state(app, held)) == (0, "held")
    done = run(app, "milestones", "release", str(held), "--why", "A stall")

    assert (done.exit_code, get_state(app, held)) == (0, "cleared")
    with app.app_context():
        assert get_queues().queue(Stage.RENDER).count == 1
    assert run(app, "milestones", "release", str(held), "--why", "Again").exit_code == 1


def test_invalidated_and_restored(app: Flask) -> None:
    held = make_held(app)
    act = ("milestones", "invalidate", str(held), "--why", "A program")

    assert "6 signatures would" in run(app, *act, "--only", "network", "--dry-run").output
    assert run(app, *act, typed="n\n").exit_code == 1
    assert count_states(app) == {"counted": 10}
    assert run(app, *act, "--only", "network", "--yes").exit_code == 0

    assert count_states(app) == {"counted": 4, "rejected": 6}
    assert "restore" in run(app, "milestones", "show", str(held)).output
    assert run(app, "milestones", "restore", str(held), "--why", "A choir").exit_code == 0
    assert count_states(app) == {"counted": 4, "confirmed": 6}


def test_the_doctor_says_that_a_hundred_waits(app: Flask) -> None:
    make_held(app)

    findings = json.loads(run(app, "doctor", "--json").output)

    (found,) = [finding for finding in findings if finding["name"] == "hundreds"]
    assert not found["ok"] and found["found"].startswith("1 held")
