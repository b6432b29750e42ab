"""A letter says how many would like an answer, and is made again when that changes."""

from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.delivery import deliver
from petition.models import (
    Delivery,
    DeliveryState,
    Letter,
    Milestone,
    ReplyConsent,
    ReplyFile,
    Signature,
)
from petition.replies.reply_list import read_replies
from petition.signers.withdraw import erase_signature
from tests.factories import allow_reply, make_campaign, make_district, make_located, make_post
from tests.letter_store import LetterStore
from tests.stored_letters import store_milestone


@pytest.fixture
def store(tmp_path: Path) -> LetterStore:
    return LetterStore(tmp_path / "letters")


def make_milestone(wants_reply: int, posts: int = 1) -> int:
    """Add a hundred of three people; return its id."""
    with transaction() as session:
        campaign = make_campaign(session, step=3)
        district = make_district(session)
        for _ in range(posts):
            make_post(session, district)
        for signature in make_located(session, campaign, district, 3)[:wants_reply]:
            allow_reply(session, signature.id)
        campaign_id = campaign.id
    (milestone_id,) = count_batch(campaign_id).milestones
    return milestone_id


def list_letters() -> list[Letter]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Letter).order_by(Letter.id).execution_options(populate_existing=True)
        )
    )


def says(letter: Letter) -> str:
    assert letter.message is not None
    text = letter.message["text"]
    return next((part for part in text.split("\n\n") if "would like a reply" in part), "")


def test_a_letter_of_whom_nobody_wants_one_says_nothing(
    context: AppContext, store: LetterStore
) -> None:
    store_milestone(make_milestone(0), store)

    (letter,) = list_letters()
    assert letter.replies is None and says(letter) == ""


def test_letters_to_two_posts_have_the_same_file_and_say_how_many(
    context: AppContext, store: LetterStore
) -> None:
    milestone_id = make_milestone(2, posts=2)
    store_milestone(milestone_id, store)

    one, other = list_letters()
    with transaction() as session:
        replies = read_replies(session, session.get_one(Milestone, milestone_id))
    assert one.replies == other.replies == replies.mark
    assert says(one) == says(other)
    assert says(one).startswith("2 of the signers would like a reply")


@pytest.mark.parametrize("left", ["consent", "erased"])
def test_whoever_takes_it_back_before_it_goes_is_in_no_file(
    context: AppContext, store: LetterStore, left: str
) -> None:
    milestone_id = make_milestone(2)
    store_milestone(milestone_id, store)
    gone = db.session.scalars(select(ReplyConsent.signature_id)).first()
    delivery_id = db.session.scalars(select(Delivery.id)).one()
    db.session.rollback()
    assert gone is not None
    if left == "consent":
        with transaction() as session:
            session.get_one(ReplyConsent, gone).withdrawn_at = utcnow()
    else:
        erase_signature(gone)
        with transaction() as session:
            consent = session.get_one(ReplyConsent, gone)
            assert consent.withdrawn_at is not None
        assert deliver(delivery_id, store.read) is None  # below its hundred, and held
        assert db.session.scalars(select(ReplyFile)).all() == []
        return

    assert deliver(delivery_id, store.read) is None
    store_milestone(milestone_id, store)
    assert deliver(delivery_id, store.read) is DeliveryState.ACCEPTED

    assert says(list_letters()[-1]).startswith("One of the signers would like a reply")
    with transaction() as session:
        rows = session.scalars(select(ReplyFile.rows)).one()
        person = session.get_one(Signature, gone).person
    assert person is not None and person.email not in rows.csv


def test_a_letter_that_is_made_again_says_the_same(context: AppContext, store: LetterStore) -> None:
    milestone_id = make_milestone(2)
    store_milestone(milestone_id, store)
    (first,) = list_letters()
    with transaction() as session:
        session.get_one(Letter, first.id).superseded_at = utcnow()
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.letter_id = DeliveryState.QUEUED, None

    store_milestone(milestone_id, store)

    first, again = list_letters()
    assert (again.sha256, again.replies, again.message) == (
        first.sha256,
        first.replies,
        first.message,
    )


def test_whoever_takes_it_back_between_two_offices_is_not_in_the_second_file(
    context: AppContext, store: LetterStore
) -> None:
    milestone_id = make_milestone(2, posts=2)
    store_milestone(milestone_id, store)
    first, second = db.session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
    db.session.rollback()
    assert deliver(first, store.read) is DeliveryState.ACCEPTED
    with transaction() as session:
        gone = session.scalars(select(ReplyConsent)).first()
        assert gone is not None and gone.shared_at is not None
        gone.withdrawn_at = utcnow()

    assert deliver(second, store.read) is None
    store_milestone(milestone_id, store)
    assert deliver(second, store.read) is DeliveryState.ACCEPTED

    with transaction() as session:
        people = session.scalars(select(ReplyFile.people).order_by(ReplyFile.people)).all()
    assert people == [1, 2]
    assert says(list_letters()[0]).startswith("2 of the signers")
    assert says(list_letters()[-1]).startswith("One of the signers")
