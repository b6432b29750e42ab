"""No letter is made with a gap: who does not open is taken out, or the letter is held."""

from pathlib import Path

from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.brake import look_at
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.delivery.log.delivery_log import read_log
from petition.letters.make import make_letters
from petition.models import (
    Delivery,
    DeliveryState,
    HoldReason,
    Milestone,
    Signature,
    SignatureState,
)
from tests.factories import make_campaign, make_district, make_located, make_post, render_milestone
from tests.letter_store import LetterStore
from tests.locating.test_damaged_rows import damage

STEP = 3


def raise_hundred(people: int) -> tuple[int, int, list[int]]:
    """Return a campaign, its first milestone, and the signatures that are counted."""
    with transaction() as session:
        campaign = make_campaign(session, step=STEP)
        district = make_district(session)
        make_post(session, district)
        numbers = [one.id for one in make_located(session, campaign, district, people)]
        campaign_id = campaign.id
    (milestone_id,) = count_batch(campaign_id).milestones
    return campaign_id, milestone_id, numbers


def take_out(campaign_id: int, signature_id: int) -> None:
    """Do what the stages "locate" and "count" do to it."""
    with transaction() as session:
        row = session.get_one(Signature, signature_id)
        assert (row.state, row.relocated) == (SignatureState.CONFIRMED, True)
        row.state, row.review_reason, row.due_at = "review", "unreadable", utcnow()
    take_out_batch(campaign_id)


def test_who_does_not_open_is_taken_out_and_the_next_moves_up(
    context: AppContext, tmp_path: Path
) -> None:
    store = LetterStore(tmp_path / "letters")
    campaign_id, milestone_id, numbers = raise_hundred(STEP + 1)
    damage(numbers[1])

    assert render_milestone(milestone_id, store) == []
    take_out(campaign_id, numbers[1])
    with transaction() as session:
        session.execute(update(Delivery).values(due_at=utcnow()))

    assert len(render_milestone(milestone_id, store)) == 1


def test_who_is_damaged_after_the_look_is_taken_out_too(
    context: AppContext, tmp_path: Path
) -> None:
    store = LetterStore(tmp_path / "letters")
    campaign_id, milestone_id, numbers = raise_hundred(STEP + 1)
    look_at(milestone_id)
    damage(numbers[0])

    assert make_letters(milestone_id, store) == []
    take_out(campaign_id, numbers[0])
    with transaction() as session:
        session.execute(update(Delivery).values(due_at=utcnow()))

    assert len(render_milestone(milestone_id, store)) == 1


def test_a_sealed_letter_that_must_be_made_anew_is_held(
    context: AppContext, tmp_path: Path
) -> None:
    store = LetterStore(tmp_path / "letters")
    _, milestone_id, numbers = raise_hundred(STEP)
    look_at(milestone_id)
    with transaction() as session:
        session.execute(update(Milestone).values(sealed_at=utcnow()))
    damage(numbers[0])

    assert make_letters(milestone_id, store) == []

    db.session.rollback()
    delivery = db.session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.reason) == (DeliveryState.HELD, HoldReason.NOT_RENDERED)
    assert read_log(delivery.id)[-1].detail == {"reason": "not-rendered", "code": "unreadable"}
    assert db.session.get_one(Signature, numbers[0]).state == SignatureState.COUNTED
