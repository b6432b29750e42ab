"""A signature counts once in a district, and in several districts of one layer."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import District, LedgerEntry, Tally
from tests.factories import make_campaign, make_district, make_signature


def count_in(session: object, signature_id: int, campaign_id: int, *districts: District) -> None:
    """Write a live ledger row in each district, and its tally."""
    for number, district in enumerate(districts, start=1):
        values = {"campaign_id": campaign_id, "district_id": district.id}
        tally = session.get(Tally, (campaign_id, district.id))  # type: ignore[attr-defined]
        if tally is None:
            counts = {"step": 100, "live": 1, "joined": 1, "updated_at": utcnow()}
            session.execute(insert(Tally).values(values | counts))  # type: ignore[attr-defined]
        row = {"ordinal": number, "signature_id": signature_id, "layer": district.layer}
        session.execute(  # type: ignore[attr-defined]
            insert(LedgerEntry).values(values | row | {"joined_at": utcnow()})
        )


def test_a_second_live_row_in_a_district_is_refused(context: AppContext) -> None:
    with pytest.raises(IntegrityError, match="uq_ledger_one_live|ledger.signature_id"):
        with transaction() as session:
            campaign, district = make_campaign(session), make_district(session)
            signature = make_signature(session, campaign)
            count_in(session, signature.id, campaign.id, district, district)


def test_one_live_row_in_each_of_two_districts_of_a_layer_is_allowed(context: AppContext) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        own, over = make_district(session), make_district(session, overlays=True)
        signature = make_signature(session, campaign)
        count_in(session, signature.id, campaign.id, own, over)

    assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == 2
