"""``petition pause --all`` while people sign: letters stop within seconds, and none is lost."""

import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import Attempt, Delivery, DeliveryState, Milestone
from tests.faults.conftest import STEP
from tests.forked import run_forked
from tests.ground import SLUG, fill_form
from tests.service import Service, wait_until

STOPPED_SECONDS = 5
PATIENCE = 120
HUNDREDS = 6


def command(service: Service, *arguments: str) -> None:
    done = run_forked(["-m", "petition", *arguments], service.environment)
    assert done.returncode == 0, done.stderr


def count_begun(app: Flask) -> int:
    with app.app_context():
        begun = db.session.scalar(select(func.count()).select_from(Attempt))
        db.session.remove()
    return begun or 0


def count_milestones(app: Flask) -> int:
    with app.app_context():
        reached = db.session.scalar(select(func.count()).select_from(Milestone))
        db.session.remove()
    return reached or 0


@pytest.mark.timeout(400)
def test_nothing_leaves_after_five_seconds_and_everything_leaves_once_resumed(
    app: Flask, service: Service
) -> None:
    numbers = iter(range(1, HUNDREDS * STEP + 1))
    for _ in range(2 * STEP):
        assert service.sign(SLUG, fill_form(next(numbers))) == 303
    command(service, "pause", "--all")
    time.sleep(STOPPED_SECONDS)
    begun = count_begun(app)
    statuses = [service.sign(SLUG, fill_form(number)) for number in numbers]
    wait_until(lambda: count_milestones(app) == HUNDREDS, PATIENCE, "all to be counted")
    time.sleep(STOPPED_SECONDS)

    assert set(statuses) == {303}
    assert count_begun(app) == begun < HUNDREDS

    command(service, "resume", "--all")
    wait_until(lambda: count_begun(app) == HUNDREDS, PATIENCE, "all letters")
    time.sleep(STOPPED_SECONDS)

    with app.app_context():
        assert set(db.session.scalars(select(Delivery.attempt))) == {1}
        assert set(db.session.scalars(select(Delivery.state))) == {DeliveryState.ACCEPTED}
        assert count_begun(app) == HUNDREDS
