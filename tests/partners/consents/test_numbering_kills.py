"""The writer of numbers is killed by kill -9, again and again, while consents change."""

import random
import time

import pytest
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentChange, ConsentOffer
from petition.partners.consents.numbering import number_changes
from tests.factories import make_consent, make_signature
from tests.forked import Forked
from tests.partners.consents.conftest import Signed
from tests.partners.consents.test_numbering import check_streams

pytestmark = pytest.mark.own_database

PEOPLE = 40


def test_a_writer_that_is_killed_leaves_no_gap(
    signed: Signed, environment: dict[str, str], rounds: int
) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        offers = [session.get_one(ConsentOffer, id) for id in signed.offers.values()]
        for _ in range(PEOPLE):
            signature = make_signature(session, campaign)
            for offer in offers:
                make_consent(session, signature.id, offer)
    chance = random.Random(1)
    kills = 0
    for _ in range(3 * rounds):
        writer = Forked(["-m", "tests.partners.consents.numberer", "5"], environment)
        until = time.monotonic() + chance.uniform(0.2, 1.5)
        while time.monotonic() < until:
            with transaction() as session:
                moment = utcnow() if kills % 2 == 0 else None
                which = Consent.id % 7 == chance.randrange(7)
                session.execute(
                    update(Consent)
                    .where(
                        which,
                        Consent.withdrawn_at.is_(None)
                        if moment
                        else Consent.withdrawn_at.is_not(None),
                    )
                    .values(withdrawn_at=moment)
                )
            time.sleep(0.02)
        assert writer.poll() is None  # it was alive and at work
        writer.kill()
        writer.wait(10)
        kills += 1
        check_streams()
    numbered = db.session.scalar(select(func.count()).where(ConsentChange.number.is_not(None)))
    db.session.rollback()
    assert numbered  # by those that were killed

    while number_changes():
        pass

    left = db.session.scalar(select(func.count()).where(ConsentChange.number.is_(None)))
    assert left == 0
    check_streams()
