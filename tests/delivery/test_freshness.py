"""Before its first attempt a letter is held against the present: whom it names, whom it reaches."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.held_deliveries import release_held
from petition.delivery.log.delivery_log import read_log
from petition.delivery.send import deliver
from petition.models import (
    Delivery,
    DeliveryState,
    District,
    HoldReason,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Office,
    Official,
    Post,
    Signature,
    SignatureState,
    Tally,
    Term,
)
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import claim, recover_expired
from tests.factories import make_post
from tests.mail.servers import Answers, polite_server


def make_seat(session: Session, district: District) -> Post:
    """A seat held by one official since long ago."""
    holder = Official(source_id=f"person-{district.id}", name="Grace Holder", family_name="Holder")
    return make_post(
        session,
        district,
        title="Senator",
        salutation="Dear Senator",
        is_body=False,
        terms=[Term(official=holder, starts_on=utcnow().date() - timedelta(days=900))],
    )


def withdraw(ready: Ready, live: int) -> None:
    """One of the named withdraws; the count that is left is ``live``."""
    now = utcnow()
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == ready.signature_ids[0])
            .values(state=SignatureState.WITHDRAWN, ended_at=now)
        )
        set_state(session, ready, MilestoneState.REACHED)
        session.execute(
            update(LedgerEntry)
            .where(LedgerEntry.signature_id == ready.signature_ids[0])
            .values(left_at=now)
        )
        session.execute(
            update(Tally).where(Tally.campaign_id == ready.campaign_id).values(live=live)
        )
        set_state(session, ready, MilestoneState.CLEARED)


def set_state(session: Session, ready: Ready, state: MilestoneState) -> None:
    unsealed = (Milestone.id == ready.milestone_id, Milestone.sealed_at.is_(None))
    session.execute(update(Milestone).where(*unsealed).values(state=state))


def change_post(ready: Ready, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(Post).where(Post.id == ready.post_ids[0]).values(**values))


def end_term(ready: Ready) -> None:
    with transaction() as session:
        session.execute(
            update(Term)
            .where(Term.post_id == ready.post_ids[0])
            .values(ends_on=utcnow().date() - timedelta(days=1))
        )


def lose_first_attempt(ready: Ready) -> None:
    claim(ready.delivery_id)
    make_due(ready.delivery_id)
    recover_expired()


def change_office(ready: Ready, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(Office).where(Office.post_id == ready.post_ids[0]).values(**values))


def add_channel(ready: Ready) -> int:
    """The same letter is to go by e-mail too; return that delivery's id."""
    with transaction() as session:
        first = session.get_one(Delivery, ready.delivery_id)
        second = Delivery(
            milestone_id=first.milestone_id,
            post_id=first.post_id,
            channel="email",
            state=DeliveryState.RENDERED,
            letter_id=first.letter_id,
            message_id="<second@petition.example>",
            due_at=utcnow(),
            created_at=utcnow(),
        )
        session.add(second)
        session.flush()
        return second.id


def is_superseded(ready: Ready) -> bool:
    db.session.rollback()
    letter = db.session.get_one(Letter, ready.letter_ids[0], populate_existing=True)
    return letter.superseded_at is not None


def test_a_letter_that_is_right_goes(ready: Ready) -> None:
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_a_withdrawal_after_rendering_has_the_letter_made_anew(ready: Ready) -> None:
    withdraw(ready, live=3)  # another has joined meanwhile and keeps the number up

    assert claim(ready.delivery_id) is None

    row = get_row(ready.delivery_id)
    assert (row.state, row.letter_id, row.attempt) == (DeliveryState.QUEUED, None, 0)
    assert row.due_at is not None
    assert is_superseded(ready)
    actions = [event.action for event in read_log(ready.delivery_id)]
    assert "delivery.superseded" in actions
    assert "letter.superseded" in actions


def test_a_withdrawal_that_counting_has_not_seen_yet_stops_the_letter_too(ready: Ready) -> None:
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == ready.signature_ids[1])
            .values(state=SignatureState.WITHDRAWN, ended_at=utcnow(), due_at=utcnow())
        )

    assert claim(ready.delivery_id) is None
    assert get_state(ready.delivery_id) is DeliveryState.QUEUED


def test_a_withdrawal_whose_place_was_taken_is_seen_all_the_same(ready: Ready) -> None:
    withdraw(ready, live=3)
    with transaction() as session:
        set_state(session, ready, MilestoneState.REACHED)
        template = session.get_one(LedgerEntry, (ready.campaign_id, ready.district_id, 3))
        signature = Signature(
            campaign_id=ready.campaign_id,
            state=SignatureState.COUNTED,
            seat=1,
            email_digest=b"0" * 32,
            person=session.get_one(Signature, ready.signature_ids[1]).person,
            created_at=utcnow(),
        )
        session.add(signature)
        session.flush()
        session.add(
            LedgerEntry(
                campaign_id=ready.campaign_id,
                district_id=ready.district_id,
                ordinal=4,
                signature_id=signature.id,
                layer=template.layer,
                carried_by=1,
                joined_at=utcnow(),
            )
        )
        session.flush()
        set_state(session, ready, MilestoneState.CLEARED)

    assert claim(ready.delivery_id) is None
    assert get_state(ready.delivery_id) is DeliveryState.QUEUED


def test_below_the_milestone_again_a_delivery_is_held(ready: Ready) -> None:
    withdraw(ready, live=2)

    assert deliver(ready.delivery_id, ready.read_letter) is None

    row = get_row(ready.delivery_id)
    assert (row.state, row.reason) == (DeliveryState.HELD, HoldReason.BELOW)
    assert (row.letter_id, row.due_at) == (None, None)
    assert is_superseded(ready)


def test_a_withdrawal_after_the_first_attempt_changes_nothing(ready: Ready) -> None:
    lose_first_attempt(ready)
    withdraw(ready, live=2)

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
    assert not is_superseded(ready)


def test_a_new_holder_has_the_letter_made_anew(enter: Any) -> None:
    enter()
    ready = build_ready(seat=make_seat)
    end_term(ready)
    with transaction() as session:
        successor = Official(source_id="next", name="Alan Next", family_name="Next")
        session.add(
            Term(
                post_id=ready.post_ids[0],
                official=successor,
                starts_on=utcnow().date() - timedelta(days=1),
            )
        )

    assert claim(ready.delivery_id) is None

    assert get_state(ready.delivery_id) is DeliveryState.QUEUED
    assert is_superseded(ready)


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_retry_never_goes_to_another_than_the_letter_addresses(
    enter: Any, succeeded: bool
) -> None:
    enter()
    ready = build_ready(seat=make_seat)
    lose_first_attempt(ready)
    end_term(ready)
    if succeeded:
        with transaction() as session:
            successor = Official(source_id="next", name="Alan Next", family_name="Next")
            session.add(Term(post_id=ready.post_ids[0], official=successor))

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.FAILED

    assert get_row(ready.delivery_id).reason == "holder changed"
    assert not is_superseded(ready)
    assert not (get_settings().outbox_dir / str(ready.delivery_id)).exists()


def test_a_letter_that_went_by_one_channel_goes_to_no_other_holder_by_another(enter: Any) -> None:
    enter()
    ready = build_ready(seat=make_seat)
    second_id = add_channel(ready)
    deliver(ready.delivery_id, ready.read_letter)
    end_term(ready)

    assert deliver(second_id, ready.read_letter) is DeliveryState.FAILED
    assert get_row(second_id).reason == "holder changed"


@pytest.mark.parametrize(("moved", "reached"), [(False, "new@"), (True, "old@")])
def test_a_retry_uses_the_address_of_today_only_for_the_addressee_as_printed(
    enter: Any, moved: bool, reached: str
) -> None:
    answers = Answers(rcpt=["451 4.3.0 later"])
    with polite_server(answers) as address:
        enter(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        ready = build_ready("email", seat=make_seat)
        change_office(ready, email="old@senate.example")
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.RETRY_WAIT
        change_office(ready, email="new@senate.example")
        if moved:
            change_office(ready, address=["2 New Street", "Testville"])
        make_due(ready.delivery_id)

        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    assert answers.recipients[-1].startswith(reached)


def test_an_office_that_moved_has_the_letter_made_anew(ready: Ready) -> None:
    change_office(ready, address=["2 New Street", "Testville"])

    assert claim(ready.delivery_id) is None
    assert get_state(ready.delivery_id) is DeliveryState.QUEUED


def test_a_vacant_seat_holds_the_letter_for_the_successor(enter: Any) -> None:
    enter()
    ready = build_ready(seat=make_seat)
    end_term(ready)

    assert claim(ready.delivery_id) is None
    row = get_row(ready.delivery_id)
    assert (row.state, row.reason) == (DeliveryState.HELD, HoldReason.VACANT)
    assert release_held() == 0

    with transaction() as session:
        successor = Official(source_id="next", name="Alan Next", family_name="Next")
        session.add(Term(post_id=ready.post_ids[0], official=successor, starts_on=utcnow().date()))
    assert release_held() == 0  # it was looked at a moment ago
    make_due(ready.delivery_id)
    assert release_held() == 1
    row = get_row(ready.delivery_id)
    assert (row.state, row.reason, row.letter_id) == (DeliveryState.QUEUED, None, None)


def test_a_post_that_is_no_more_holds_the_letter(ready: Ready) -> None:
    change_post(ready, active=False)

    assert claim(ready.delivery_id) is None
    assert get_row(ready.delivery_id).reason == HoldReason.VACANT


def test_a_post_without_an_address_is_held_by_email_and_goes_to_the_outbox(enter: Any) -> None:
    def make_silent(session: Session, district: District) -> Post:
        return make_post(session, district, offices=[Office(address=["1 Court Square"])])

    enter()
    mailed = build_ready("email", seat=make_silent)
    kept = build_ready("outbox", seat=make_silent)

    assert claim(mailed.delivery_id) is None
    assert get_row(mailed.delivery_id).reason == HoldReason.NO_ADDRESS
    assert deliver(kept.delivery_id, kept.read_letter) is DeliveryState.ACCEPTED

    with transaction() as session:
        session.execute(
            update(Office)
            .where(Office.post_id == mailed.post_ids[0])
            .values(email="clerk@county.example")
        )
    assert release_held() == 1
    assert get_state(mailed.delivery_id) is DeliveryState.QUEUED


def test_a_letter_that_went_by_one_channel_goes_as_it_is_by_another(ready: Ready) -> None:
    second_id = add_channel(ready)
    deliver(ready.delivery_id, ready.read_letter)
    withdraw(ready, live=2)

    claimed = claim(second_id)

    assert claimed is not None
    assert not is_superseded(ready)


def test_a_channel_that_is_no_more_keeps_no_other_held_delivery(enter: Any) -> None:
    enter()
    lost = build_ready("pigeon", seat=make_seat)
    kept = build_ready(seat=make_seat)
    with transaction() as session:
        session.execute(
            update(Delivery).values(
                state=DeliveryState.HELD, reason=HoldReason.VACANT, letter_id=None, due_at=None
            )
        )

    assert release_held() == 1

    assert get_state(kept.delivery_id) is DeliveryState.QUEUED
    assert get_state(lost.delivery_id) is DeliveryState.HELD
