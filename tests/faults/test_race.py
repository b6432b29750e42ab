"""FAULT 1: many sign at once through real pages, and every job is done twice, by many workers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    LedgerEntry,
    Letter,
    Milestone,
    Signature,
    SignatureState,
    Tally,
)
from tests.faults.conftest import STEP
from tests.forked import Forked
from tests.ground import SLUG, fill_form
from tests.service import Service, wait_until

# Does each stage's work over and over, whatever other workers do: each job many times at once.
RACER = """
import sys, time
from workers import jobs, pipeline
from workers.reconcile import reconcile
until = time.monotonic() + float(sys.argv[1])
campaign = int(sys.argv[2])
while time.monotonic() < until:
    pipeline.locate_job()
    pipeline.count_job(campaign)
    with jobs.get_app().app_context():
        reconcile()
"""


def read_campaign_id(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(Campaign.id).where(Campaign.slug == SLUG)).one()


@pytest.mark.timeout(600)
def test_every_hundred_exactly_once_under_a_race(
    app: Flask, service: Service, request: pytest.FixtureRequest
) -> None:
    long = request.config.getoption("--rounds") > 10
    signatures, racers, seconds = (10_000, 14, "60") if long else (STEP * 12, 3, "6")
    campaign_id = str(read_campaign_id(app))
    racing = [
        Forked(["-c", RACER, seconds, campaign_id], service.environment) for _ in range(racers)
    ]
    try:
        with ThreadPoolExecutor(16) as pool:
            statuses = list(
                pool.map(lambda n: service.sign(SLUG, fill_form(n)), range(1, signatures + 1))
            )
    finally:
        codes = [process.wait(120) for process in racing]

    assert codes == [0] * racers
    refused = [status for status in statuses if status != 303]
    assert len(refused) <= signatures // 1000
    accepted = signatures - len(refused)

    def all_delivered() -> bool:
        with app.app_context():
            done = db.session.scalar(
                select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
            )
            db.session.remove()
        return done == accepted // STEP

    wait_until(all_delivered, 300 if long else 90, "every letter to be delivered")
    with app.app_context():
        states = dict(
            db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
            .tuples()
            .all()
        )
        assert states == {SignatureState.COUNTED: accepted}
        tally = db.session.scalars(select(Tally)).one()
        assert (tally.live, tally.joined) == (accepted, accepted)
        numbers = db.session.scalars(select(Milestone.number).order_by(Milestone.number)).all()
        assert numbers == list(range(1, accepted // STEP + 1))
        members = db.session.execute(
            select(LedgerEntry.carried_by, func.count(func.distinct(LedgerEntry.signature_id)))
            .where(LedgerEntry.carried_by.is_not(None))
            .group_by(LedgerEntry.carried_by)
        ).tuples()
        assert dict(members.all()) == dict.fromkeys(numbers, STEP)
        assert set(db.session.scalars(select(Delivery.attempt))) == {1}
        assert db.session.scalar(select(func.count()).select_from(Letter)) == len(numbers)
