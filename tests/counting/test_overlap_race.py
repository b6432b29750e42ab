"""Workers at once, on signatures in districts that lie over each other: one live row in each."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.geocoding import Location, Precision
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome
from petition.locating.placement_store import LocatingClaim, write_outcomes
from petition.models import LedgerEntry, Placement, Tally
from tests.factories import make_campaign, make_district, make_signature

WORKERS = 4
SIGNERS = 5
POINT = Location(42.0, -71.0, Precision.ROOFTOP, "test", "MA", "02139")


def run_at_once(app: Flask, work: Callable[[], None]) -> None:
    """Let every worker do the same at the same moment."""
    start = threading.Barrier(WORKERS)

    def begin(_: int) -> None:
        with app.app_context():
            start.wait()
            work()
            db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(begin, range(WORKERS)))


def test_racing_workers_place_and_count_a_signature_once_in_each_of_its_districts(
    app: Flask,
) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, step=SIGNERS)
            own, over = make_district(session), make_district(session, overlays=True)
            claims = [
                LocatingClaim(signature.id, signature.attempt)
                for signature in (make_signature(session, campaign) for _ in range(SIGNERS))
            ]
            campaign_id, own_id, over_id = campaign.id, own.id, over.id
        db.session.remove()

    def work() -> None:
        outcomes = []
        for _ in claims:
            outcome = Outcome(location=POINT)
            outcome.take(
                "county",
                FoundDistrict(own_id, FoundBy.POLYGON),
                [FoundDistrict(over_id, FoundBy.POLYGON)],
            )
            outcomes.append(outcome)
        with transaction() as session:
            write_outcomes(session, claims, outcomes)
        while count_batch(campaign_id, 2).full:
            pass

    run_at_once(app, work)

    with app.app_context():
        rows = db.session.execute(
            select(LedgerEntry.signature_id, LedgerEntry.district_id).where(
                LedgerEntry.left_at.is_(None)
            )
        )
        wanted = Counter((claim.id, at) for claim in claims for at in (own_id, over_id))
        assert Counter((row.signature_id, row.district_id) for row in rows) == wanted
        placed = db.session.execute(select(Placement.signature_id, Placement.district_id))
        assert Counter((row.signature_id, row.district_id) for row in placed) == wanted
        tallies = db.session.execute(select(Tally.district_id, Tally.live, Tally.joined))
        assert {tuple(row) for row in tallies} == {
            (at, SIGNERS, SIGNERS) for at in (own_id, over_id)
        }
