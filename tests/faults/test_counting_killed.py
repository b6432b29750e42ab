"""Processes that count one campaign are killed at any moment, while people come and go."""

import random
import signal
import time

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.models import Campaign, LedgerEntry, Milestone, Placement, Signature, Tally
from petition.signers.withdraw import withdraw_signature
from tests.factories import make_campaign, make_district, make_signature
from tests.forked import Forked

STEP = 5
# Two layers whose districts lie across one another, so that any two batches meet.
LAYERS = {"county": 3, "sldu": 4}
COUNTERS = 3
COUNTER = """
import sys
from petition import create_app
from petition.core.errors import Retryable
from petition.core.extensions import db
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
campaign = int(sys.argv[1])
with create_app().app_context():
    while True:
        try:
            take_out_batch(campaign, 3)
            count_batch(campaign, 7)
        except Retryable:
            pass
        db.session.remove()
"""


def locate(campaign_id: int, districts: dict[str, list[int]], chance: random.Random) -> list[int]:
    """Add a few located signatures, each in a district of each layer."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        found = []
        for _ in range(chance.randint(1, 8)):
            signature = make_signature(session, campaign, state="located", due_at=None)
            found.append(signature.id)
            session.add_all(
                Placement(
                    signature_id=signature.id,
                    layer=layer,
                    district_id=chance.choice(ids),
                    found_by="polygon",
                )
                for layer, ids in districts.items()
            )
    return found


@pytest.mark.timeout(600)
def test_counting_that_is_killed_counts_everybody_once(
    app: Flask, environment: dict[str, str], rounds: int
) -> None:
    chance = random.Random(9)  # noqa: S311
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, step=STEP, layers=list(LAYERS))
            districts = {
                layer: [make_district(session, layer=layer).id for _ in range(number)]
                for layer, number in LAYERS.items()
            }
            campaign_id = campaign.id
        signed: list[int] = []
        left: set[int] = set()
        counters = [Forked(["-c", COUNTER, str(campaign_id)], environment) for _ in range(COUNTERS)]
        try:
            for _ in range(10 * rounds):
                signed += locate(campaign_id, districts, chance)
                if chance.random() < 0.5:
                    leaver = chance.choice([one for one in signed if one not in left])
                    withdraw_signature(leaver)
                    left.add(leaver)
                db.session.remove()
                time.sleep(chance.uniform(0, 0.5))
                victim = chance.randrange(COUNTERS)
                counters[victim].kill()
                assert counters[victim].wait(30) == -signal.SIGKILL
                counters[victim] = Forked(["-c", COUNTER, str(campaign_id)], environment)
        finally:
            for counter in counters:
                counter.kill()
                counter.wait(30)
        while take_out_batch(campaign_id).signatures or count_batch(campaign_id).signatures:
            pass
        _check(len(signed), len(left))


def _check(signed: int, left: int) -> None:
    states = dict(
        db.session.execute(select(Signature.state, func.count()).group_by(Signature.state)).all()  # type: ignore[arg-type]
    )
    assert states.get("counted", 0) == signed - left
    # Each placement of whoever stays has one live row, and there is no other.
    missing = db.session.scalar(
        text(
            "SELECT count(*) FROM placements p JOIN signatures s ON s.id = p.signature_id"
            " WHERE s.state = 'counted' AND (SELECT count(*) FROM ledger l WHERE l.left_at IS NULL"
            " AND l.signature_id = p.signature_id AND l.district_id = p.district_id) <> 1"
        )
    )
    assert missing == 0
    live = select(func.count()).where(LedgerEntry.left_at.is_(None))
    assert db.session.scalar(live) == len(LAYERS) * (signed - left)
    for tally in db.session.scalars(select(Tally)).all():
        here = LedgerEntry.district_id == tally.district_id
        rows = db.session.scalars(select(LedgerEntry.ordinal).where(here)).all()
        assert sorted(rows) == list(range(1, tally.joined + 1))
        assert db.session.scalar(live.where(here)) == tally.live
        numbers = db.session.scalars(
            select(Milestone.number)
            .where(Milestone.district_id == tally.district_id)
            .order_by(Milestone.number)
        ).all()
        assert numbers == list(range(1, (tally.reached or 0) + 1))
        # Nothing is sealed: whoever stays is named in order, each letter is full up to the count.
        named = db.session.execute(
            select(LedgerEntry.carried_by, func.count())
            .where(here, LedgerEntry.left_at.is_(None), LedgerEntry.carried_by.is_not(None))
            .group_by(LedgerEntry.carried_by)
            .order_by(LedgerEntry.carried_by)
        ).all()
        full, rest = divmod(min(tally.live, (tally.reached or 0) * STEP), STEP)
        expected = [(number, STEP) for number in range(1, full + 1)]
        assert [tuple(row) for row in named] == expected + ([(full + 1, rest)] if rest else [])
