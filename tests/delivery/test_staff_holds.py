"""Staff hold and release: nothing else releases, and what was tried goes on with the same bytes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.core.extensions import db, transaction
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.held_deliveries import release_held
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.requeue import resume_letters
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import cancel, retry
from petition.delivery.staff_holds import TOLD_AFTER, hold_delivery, release_delivery
from petition.dispatch.attempts import AttemptEnd
from petition.models import DeliveryState, HoldReason, Letter
from petition.officials.import_lock import make_held_due
from petition.retention.reply_files import erase_replies
from petition.transitions.delivery_changes import (
    give_letter,
    hold_queued,
    hold_unsent,
    queue_held,
    queue_rendered,
)
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import claim, recover_expired, settle
from tests.delivery.test_freshness import change_office, end_term, make_seat, withdraw
from tests.mail.servers import Answers, polite_server

STAFF = "staff:7"
BY_SYSTEM = [reason for reason in HoldReason if reason is not HoldReason.STAFF]


def give_letters(ready: Ready) -> None:
    """Give the letters in force to the deliveries that wait for them, as rendering does."""
    with transaction() as session:
        letters = session.scalars(
            select(Letter).where(
                Letter.milestone_id == ready.milestone_id, Letter.superseded_at.is_(None)
            )
        )
        for letter in letters.all():
            give_letter(session, letter, utcnow())


def resume_all(ready: Ready) -> None:
    """Do whatever the service does by itself to deliveries that are held or wait."""
    release_held()
    resume_letters("system")
    recover_expired()
    now = utcnow()
    with transaction() as session:
        make_held_due(session, ready.post_ids)
        for reason in BY_SYSTEM:
            queue_held(session, reason, now)
        queue_rendered(session, now)
        hold_queued(session, HoldReason.BELOW)
        queue_held(session, HoldReason.BELOW, now)
    give_letters(ready)


def refuse_once(ready: Ready) -> None:
    """Let the office refuse the first attempt for now."""
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    settle(claimed, DeliveryState.RETRY_WAIT, AttemptEnd("451 at rcpt"))


def refuse_statement(statement: str) -> None:
    """Run a statement, which must be refused by the database."""
    db.session.rollback()
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def test_an_untried_delivery_is_held_and_released_with_a_letter_of_then(ready: Ready) -> None:
    assert hold_delivery(ready.delivery_id, STAFF, " is it\nours? ") is DeliveryState.HELD

    row = get_row(ready.delivery_id)
    assert (row.reason, row.letter_id, row.attempt) == (HoldReason.STAFF, None, 0)
    assert row.due_at is not None and row.due_at > utcnow() + TOLD_AFTER - timedelta(minutes=1)
    assert deliver(ready.delivery_id, ready.read_letter) is None
    held = read_log(ready.delivery_id)[-1]
    assert (held.action, held.actor) == ("delivery.held_back", STAFF)
    assert held.detail == {"was": "rendered", "why": "is it ours?"}

    assert release_delivery(ready.delivery_id, STAFF, "it is") is DeliveryState.QUEUED
    released = read_log(ready.delivery_id)[-1]
    assert (released.action, released.detail) == (
        "delivery.released",
        {"now": "queued", "why": "it is"},
    )
    give_letters(ready)
    assert get_row(ready.delivery_id).letter_id == ready.letter_ids[0]
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_whoever_leaves_while_it_is_held_is_in_no_letter_that_is_sent(ready: Ready) -> None:
    hold_delivery(ready.delivery_id, STAFF, "wait")
    withdraw(ready, live=3)
    release_delivery(ready.delivery_id, STAFF)
    give_letters(ready)

    assert deliver(ready.delivery_id, ready.read_letter) is None
    assert get_state(ready.delivery_id) is DeliveryState.QUEUED


def test_released_below_its_hundred_or_without_a_holder_the_service_holds_it(ready: Ready) -> None:
    hold_delivery(ready.delivery_id, STAFF, "wait")
    withdraw(ready, live=2)
    release_delivery(ready.delivery_id, STAFF)
    give_letters(ready)

    assert deliver(ready.delivery_id, ready.read_letter) is None
    assert get_row(ready.delivery_id).reason == HoldReason.BELOW
    with pytest.raises(UserError, match=DeliveryProblem.NOT_RELEASED):
        release_delivery(ready.delivery_id, STAFF)


@pytest.mark.parametrize("tried", [False, True])
def test_nothing_that_the_service_does_by_itself_releases_it(ready: Ready, tried: bool) -> None:
    if tried:
        refuse_once(ready)
    hold_delivery(ready.delivery_id, STAFF, "wait")
    make_due(ready.delivery_id)

    for _ in range(2):
        resume_all(ready)
        assert deliver(ready.delivery_id, ready.read_letter) is None

    row = get_row(ready.delivery_id)
    assert (row.state, row.reason) == (DeliveryState.HELD, HoldReason.STAFF)


def test_a_district_that_ends_leaves_it_held_by_staff(ready: Ready) -> None:
    hold_delivery(ready.delivery_id, STAFF, "wait")

    with transaction() as session:
        assert hold_unsent(session, HoldReason.REDISTRICTED) == []
        queue_held(session, HoldReason.REDISTRICTED, utcnow())

    assert get_row(ready.delivery_id).reason == HoldReason.STAFF


def test_the_same_bytes_under_the_same_message_id_after_a_hold(
    enter: Callable[..., Flask],
) -> None:
    answers = Answers(data=["451 4.3.0 Later"])
    with polite_server(answers) as address:
        enter(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        ready = build_ready("email")
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.RETRY_WAIT
        before = get_row(ready.delivery_id)
        kept = (before.letter_id, before.message_id, before.envelope, before.attempt)
        hold_delivery(ready.delivery_id, STAFF, "wait")
        change_office(ready, email="other@office.example")
        during = get_row(ready.delivery_id)
        assert (during.letter_id, during.message_id, during.envelope, during.attempt) == kept
        assert release_delivery(ready.delivery_id, STAFF) is DeliveryState.RETRY_WAIT
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED

    digests = [
        event.detail["message"]
        for event in read_log(ready.delivery_id)
        if event.action == "delivery.handover"
    ]
    assert len(digests) == 2 and len(set(digests)) == 1
    assert len(answers.kept) == 1 and answers.recipients == ["other@office.example"]


def test_a_file_of_replies_is_kept_for_what_is_held(app: Flask) -> None:
    with app.app_context():
        ready = build_ready(wants_reply=2)
        refuse_once(ready)
        hold_delivery(ready.delivery_id, STAFF, "wait")

        assert erase_replies(utcnow() + timedelta(days=90), 10) == 0
        release_delivery(ready.delivery_id, STAFF)
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
        assert erase_replies(utcnow() + timedelta(days=90), 10) == 1
        db.session.remove()


def test_a_seat_that_changes_hands_meanwhile_gets_no_letter_to_another(app: Flask) -> None:
    with app.app_context():
        ready = build_ready(seat=make_seat)
        refuse_once(ready)
        hold_delivery(ready.delivery_id, STAFF, "wait")
        end_term(ready)
        release_delivery(ready.delivery_id, STAFF)

        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.FAILED
        assert get_row(ready.delivery_id).reason == "holder changed"
        db.session.remove()


def test_what_a_worker_has_or_what_is_settled_cannot_be_held(ready: Ready) -> None:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    with pytest.raises(UserError, match=DeliveryProblem.NOT_HELD_BACK):
        hold_delivery(ready.delivery_id, STAFF, "stop")
    settle(claimed, DeliveryState.UNKNOWN, AttemptEnd("dropped at answer"))
    with pytest.raises(UserError, match=DeliveryProblem.NOT_HELD_BACK):
        hold_delivery(ready.delivery_id, STAFF, "stop")
    with pytest.raises(UserError, match=DeliveryProblem.NOT_RELEASED):
        release_delivery(ready.delivery_id, STAFF)
    assert get_state(ready.delivery_id) is DeliveryState.UNKNOWN


def test_a_hold_needs_words_and_a_delivery(ready: Ready) -> None:
    with pytest.raises(InvalidInput):
        hold_delivery(ready.delivery_id, STAFF, " \n ")
    for act in (lambda: hold_delivery(9_999, STAFF, "x"), lambda: release_delivery(9_999, STAFF)):
        with pytest.raises(NotFound):
            act()
    assert get_state(ready.delivery_id) is DeliveryState.RENDERED


def test_what_is_held_can_be_cancelled_and_is_not_retried(ready: Ready) -> None:
    hold_delivery(ready.delivery_id, STAFF, "wait")
    view = get_delivery(ready.delivery_id)

    assert (view.can_release, view.can_cancel, view.can_hold, view.can_retry) == (
        True,
        True,
        False,
        False,
    )
    with pytest.raises(UserError, match=DeliveryProblem.NOT_RETRIED):
        retry(ready.delivery_id, STAFF)
    cancel(ready.delivery_id, STAFF, "never")
    assert get_state(ready.delivery_id) is DeliveryState.CANCELLED


@pytest.mark.parametrize("tried", [False, True])
def test_the_database_lets_nothing_but_staff_release_it(ready: Ready, tried: bool) -> None:
    if tried:
        refuse_once(ready)
        refuse_statement("UPDATE deliveries SET state = 'held', reason = 'vacant'")
    hold_delivery(ready.delivery_id, STAFF, "wait")
    right, wrong = ("retry_wait", "queued") if tried else ("queued", "retry_wait")

    for statement in (
        f"UPDATE deliveries SET state = '{right}', reason = NULL",  # noqa: S608
        f"UPDATE deliveries SET state = '{right}', reason = 'held-by-staff'",  # noqa: S608
        f"UPDATE deliveries SET state = '{wrong}', reason = 'released'",  # noqa: S608
        "UPDATE deliveries SET reason = NULL",
        "UPDATE deliveries SET reason = 'vacant'",
        "UPDATE deliveries SET state = 'sending', reason = 'released'",
    ):
        refuse_statement(statement)
    with transaction() as session:
        session.execute(
            text(f"UPDATE deliveries SET state = '{right}', reason = 'released'")  # noqa: S608
        )
    assert get_state(ready.delivery_id) == right
