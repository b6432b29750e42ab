"""FAULT 2: kill -9 at an exact point of each stage, and of a worker at any moment.

A process of its own runs the job and kills itself with SIGKILL where ``point`` says; the work must
then be finished by others, once. (Before and after the body of a mail: tests/delivery.)
"""

import random
import signal
import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.counting.departures import find_campaigns_left
from petition.letters.make import find_due_milestones
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    LedgerEntry,
    Letter,
    Milestone,
    Tally,
)
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.delivery.letter_engine import find_due
from tests.faults.conftest import STEP
from tests.forked import run_forked, run_started
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import QUICK, Service, wait_until
from workers import jobs, pipeline

# Replaces one function, as the stage looks it up, by one that never returns.
VICTIM = """
import importlib, os, signal, sys
from workers import jobs, pipeline
from workers.reconcile import reconcile
module, name = sys.argv[1].rsplit(".", 1)
die = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
setattr(importlib.import_module(module), name, die)
from petition.models import Campaign, Milestone
from petition.core.extensions import db
from sqlalchemy import select
pipeline.locate_job()
with jobs.get_app().app_context():
    campaign = db.session.scalars(select(Campaign.id)).one()
pipeline.count_job(campaign)
with jobs.get_app().app_context():
    milestone = db.session.scalars(select(Milestone.id)).first()
pipeline.render_job(milestone)
sys.exit(3)
"""
POINTS = {
    "locate, claimed and not written": "petition.locating.locate.write_outcomes",
    "count, in the middle of its transaction": "petition.counting.ledger.fill_milestones",
    "count, done and nobody woken": "workers.pipeline.wake",
    "render, claimed and not rendered": "petition.letters.make.render_letters",
    "render, stored and not filed": "petition.letters.make._file",
}
# The victims of the other points are forked (tests/forked.py).
STARTED = POINTS["count, in the middle of its transaction"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_what_a_killed_process_left_is_finished_once(
    app: Flask, environment: dict[str, str], point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment |= QUICK
    with app.app_context():
        lay_ground(step=STEP)
        for number in range(1, STEP + 1):
            sign(SLUG, fill_form(number), known_postal_code)
        db.session.remove()

    run_victim = run_started if point == STARTED else run_forked
    killed = run_victim(["-c", VICTIM, point], environment)

    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    jobs.get_app.cache_clear()
    monkeypatch.setattr(jobs, "create_app", lambda: app)
    deadline = time.monotonic() + 60
    while not _is_delivered(app) and time.monotonic() < deadline:
        _do_all_that_is_due(app)
        time.sleep(0.2)
    jobs.get_app.cache_clear()
    _check_one_of_each(app)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("group", [False, True], ids=["the parent alone", "the whole group"])
def test_workers_killed_at_any_moment_lose_and_double_nothing(
    app: Flask, service: Service, group: bool, rounds: int
) -> None:
    chance = random.Random(20)  # noqa: S311
    number = 0
    for _ in range(rounds):
        for _ in range(STEP):
            number += 1
            assert service.sign(SLUG, fill_form(number)) == 303
        time.sleep(chance.uniform(0, 1.5))
        for name, stages in (
            ("worker-sign", ("locate", "count", "mail")),
            ("worker-send", ("render", "deliver")),
        ):
            service.kill(name, group=group)
            service.start(name, "worker", *stages)

    def all_delivered() -> bool:
        with app.app_context():
            states = db.session.scalars(select(Delivery.state)).all()
            db.session.remove()
        return len(states) == rounds and set(states) == {DeliveryState.ACCEPTED}

    wait_until(all_delivered, 120, "every letter after the kills")
    with app.app_context():
        assert db.session.scalars(select(Tally.live)).one() == rounds * STEP
        assert db.session.scalar(select(func.count()).select_from(Milestone)) == rounds
        folders = list(app.extensions["hundredth"].outbox_dir.glob("[0-9]*"))
        assert len(folders) == rounds


def _do_all_that_is_due(app: Flask) -> None:
    with app.app_context():
        campaigns = {*db.session.scalars(select(Campaign.id)), *find_campaigns_left()}
        db.session.remove()
    pipeline.locate_job()
    for campaign_id in campaigns:
        pipeline.count_job(campaign_id)
    with app.app_context():
        milestones = find_due_milestones()
        db.session.remove()
    for milestone_id in milestones:
        pipeline.render_job(milestone_id)
    with app.app_context():
        deliveries = find_due()
        db.session.remove()
    for delivery_id in deliveries:
        pipeline.deliver_job(delivery_id)


def _is_delivered(app: Flask) -> bool:
    with app.app_context():
        states = db.session.scalars(select(Delivery.state)).all()
        db.session.remove()
    return list(states) == [DeliveryState.ACCEPTED]


def _check_one_of_each(app: Flask) -> None:
    with app.app_context():
        tally = db.session.scalars(select(Tally)).one()
        assert (tally.live, tally.joined, tally.reached) == (STEP, STEP, 1)
        assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == STEP
        assert db.session.scalar(select(func.count()).select_from(Milestone)) == 1
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1
        delivery = db.session.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.attempt) == (DeliveryState.ACCEPTED, 1)
