"""Signatures whose county a point told before."""

from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.locating.locate import locate_batch
from petition.locating.recheck import Recheck, recheck_counties
from petition.models import Campaign, Milestone, Placement, Signature, Tally
from tests.factories import make_person, make_signature
from tests.ground import lay_ground

CERTAIN, SPLIT = "02139", "02467"  # Chestnut Hill lies in three counties


def count_by_points(campaign_id: int, district_id: int, *codes: str) -> list[int]:
    """Have people counted in a county by the middle of their ZIP, as it was before."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        ids = [
            make_signature(session, campaign, person=make_person(postal_code=CERTAIN)).id
            for _ in codes
        ]
    locate_batch()
    count_batch(campaign_id)
    with transaction() as session:
        session.execute(update(Placement).values(found_by="polygon"))
        for signature_id, code in zip(ids, codes, strict=True):
            signature = session.get_one(Signature, signature_id)
            signature.person = make_person(postal_code=code)
    return ids


def read(ids: list[int]) -> list[tuple[str, str | None]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Signature.state, Signature.review_reason)
        .where(Signature.id.in_(ids))
        .order_by(Signature.id)
    )
    return [(row.state, row.review_reason) for row in rows]


def test_who_lives_in_a_zip_of_several_counties_waits_and_the_others_stay(
    context: AppContext,
) -> None:
    campaign_id, district_id = lay_ground()
    ids = count_by_points(campaign_id, district_id, CERTAIN, SPLIT)

    would = recheck_counties(dry_run=True)
    assert read(ids) == [("counted", None)] * 2
    done = recheck_counties()
    locate_batch()
    take_out_batch(campaign_id)

    assert would == done == Recheck(told=1, again=1)
    assert read(ids) == [("counted", None), ("review", "several-counties")]
    assert db.session.scalars(select(Tally.live)).all() == [1]
    assert recheck_counties() == Recheck()


def test_whom_a_letter_that_has_gone_names_stays(context: AppContext) -> None:
    campaign_id, district_id = lay_ground(step=2)
    ids = count_by_points(campaign_id, district_id, SPLIT, SPLIT, SPLIT)
    with transaction() as session:
        now = session.scalars(select(Milestone)).one().reached_at
        session.execute(update(Milestone).values(state="cleared", sealed_at=now))

    done = recheck_counties()
    locate_batch()

    assert done == Recheck(again=1, sealed=2)
    assert [state for state, _ in read(ids)] == ["counted", "counted", "review"]
