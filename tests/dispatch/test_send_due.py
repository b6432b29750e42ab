"""Sending what is due, row by row: one that cannot go does not keep the others waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.core.errors import ConfigurationError, DatabaseUnavailable, StorageUnavailable
from petition.dispatch.engine import send, send_due
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, Receipt
from petition.dispatch.recovery import recover_expired
from petition.models import Phase
from petition.models.states import OutgoingState
from tests.dispatch.conftest import Enter
from tests.dispatch.postcards import (
    Postcard,
    PostcardKind,
    list_attempts,
    make_due,
    read,
    write,
)

# Its tables are no others' of the same process.
pytestmark = pytest.mark.own_database

NOWHERE = "127.0.0.1:9"


class PaperKind(PostcardKind):
    """Postcards that are written on paper: by no mail server, so by no lane."""

    lane = None

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
        handover.begin()
        self.sent.append(claimed.content)
        return Receipt("written")


class Unprepared(PaperKind):
    def prepare(self, session: Session, row: Postcard, now: datetime) -> str | None:
        if row.town == "nowhere":
            return None
        if row.town == "closed":
            raise StorageUnavailable("not there")
        if row.town == "unknown":
            raise ConfigurationError("CHANNEL", "is unknown")
        if row.town == "divided":
            raise ZeroDivisionError
        return row.town


class Broken(PaperKind):
    """One that fails, before or after the step from which on it may have arrived."""

    def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
        if claimed.content == "early":
            raise ZeroDivisionError
        receipt = super().send(claimed, handover)
        if claimed.content == "late":
            raise ZeroDivisionError
        if claimed.content == "unwritten":
            raise DatabaseUnavailable
        return receipt


class SelfChanging(PaperKind):
    def prepare(self, session: Session, row: Postcard, now: datetime) -> str:
        session.execute(update(Postcard).where(Postcard.id == row.id).values(attempt=7))
        return row.town


class Refreshing(PaperKind):
    def note_begun(self, session: Session, row: Postcard, now: datetime) -> None:
        session.refresh(row)


@pytest.mark.parametrize("town", ["nowhere", "closed", "unknown", "divided"])
def test_one_that_may_not_go_does_not_keep_those_behind_it(town: str, enter: Enter) -> None:
    enter(NOWHERE)
    kind = Unprepared()
    write(*[town] * 3, "lowell", "salem")

    sent = [send_due(kind, limit=3), send_due(kind, limit=3)]

    assert (sent, kind.sent) == ([3, 2], ["lowell", "salem"])
    assert kind.find_due() == []


def test_one_that_may_not_go_is_looked_at_again_and_no_attempt_is_begun(
    enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    enter(NOWHERE)
    kind = Unprepared()
    (card_id,) = write("nowhere")
    send_due(kind)

    make_later(timedelta(minutes=1))

    assert kind.find_due() == [card_id]
    assert (read(card_id).state, read(card_id).attempt) == ("queued", 0)


@pytest.mark.parametrize(
    ("town", "code"),
    [
        ("closed", "storage-unavailable"),
        ("unknown", "configuration"),
        ("divided", "ZeroDivisionError"),
    ],
)
def test_why_no_attempt_can_begin_is_kept_until_one_does(
    town: str, code: str, enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    enter(NOWHERE)
    (card_id,) = write(town)
    send_due(Unprepared())
    card = read(card_id)
    assert (card.state, card.attempt, card.reason) == ("queued", 0, f"not prepared: {code}")
    assert list_attempts(card_id) == []

    make_later(timedelta(hours=1))
    assert send(PaperKind(), card_id) is OutgoingState.ACCEPTED

    assert read(card_id).reason is None


@pytest.mark.parametrize(
    ("town", "phase", "state"),
    [
        ("early", Phase.CLAIMED, OutgoingState.RETRY_WAIT),
        ("late", Phase.HANDOVER, OutgoingState.UNKNOWN),
    ],
)
def test_a_foreign_error_settles_nothing_and_the_next_is_sent(
    town: str, phase: Phase, state: OutgoingState, enter: Enter
) -> None:
    enter(NOWHERE)
    kind = Broken()
    failed, good = write(town, "lowell")

    assert send_due(kind) == 2

    assert read(good).state == OutgoingState.ACCEPTED
    assert (read(failed).state, list_attempts(failed)) == ("sending", [(phase, None, None)])
    assert recover_expired(kind) == 0  # it is not due before its lease is over
    make_due(failed)
    assert recover_expired(kind) == 1
    assert read(failed).state == state


def test_a_database_that_is_away_after_the_handover_leaves_it_unknown(enter: Enter) -> None:
    enter(NOWHERE)
    (card_id,) = write("unwritten")

    assert send(Broken(), card_id) is OutgoingState.UNKNOWN
    assert list_attempts(card_id) == [(Phase.HANDOVER, "unknown", "database-unavailable")]


def test_the_time_out_of_a_job_ends_the_batch(enter: Enter) -> None:
    enter(NOWHERE)

    class Slow(PaperKind):
        def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
            super().send(claimed, handover)
            raise JobTimeoutException

    kind = Slow()
    write("lowell", "salem")

    with pytest.raises(JobTimeoutException):
        send_due(kind)
    assert kind.sent == ["lowell"]


def test_a_batch_ends_between_two_rows_when_its_time_is_over(enter: Enter) -> None:
    enter(NOWHERE)
    kind = PaperKind()
    write("lowell", "salem", "quincy")

    assert send_due(kind, is_over=lambda: len(kind.sent) == 2) == 2


def test_a_row_that_its_own_preparation_changed_is_not_claimed(enter: Enter) -> None:
    enter(NOWHERE)
    kind = SelfChanging()
    (card_id,) = write("lowell")

    assert send(kind, card_id) is None

    assert (read(card_id).state, read(card_id).attempt, kind.sent) == ("queued", 0, [])


def test_a_kind_may_read_its_row_anew_when_an_attempt_begins(enter: Enter) -> None:
    enter(NOWHERE)
    (card_id,) = write("lowell")

    assert send(Refreshing(), card_id) is OutgoingState.ACCEPTED
    assert read(card_id).attempt == 1
