"""Decisions of staff about a delivery: retry it, resolve an unknown one, confirm it, cancel it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.delivery.delivery_problems import DeliveryProblem
from petition.models import Attempt, Delivery, DeliveryState, HoldReason
from petition.models.states import DELIVERY_TRANSITIONS
from petition.transitions.delivery_changes import change_state

OUTCOMES = {"sent": DeliveryState.ACCEPTED, "not-sent": DeliveryState.RETRY_WAIT}
# The states in which an office's word that it has the letter settles it.
CONFIRMABLE = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED)
AGAIN = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.RETRY_WAIT)


def retry(delivery_id: int, actor: str, why: str = "") -> DeliveryState:
    """Make a delivery due now; return its state: ``retry_wait``, or ``queued`` without a letter.

    - One that failed, that bounced, or that waits for its next attempt: the same bytes are sent
      under the same Message-ID. One that is held because no letter could be rendered: rendered
      again.
    - Raises NotFound, and UserError for any other state: an unknown one must be resolved first.
    """
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if state is DeliveryState.UNKNOWN:
            raise UserError(DeliveryProblem.OUTCOME_UNKNOWN)
        if not can_retry(state, delivery.reason):
            raise UserError(DeliveryProblem.NOT_RETRIED, state=name_state(state))
        detail = _describe(state, clean_why(why))
        new = DeliveryState.QUEUED if state is DeliveryState.HELD else DeliveryState.RETRY_WAIT
        if state is new:
            delivery.due_at = now
        else:
            change_or_refuse(session, delivery, state, new, now, due_at=now)
        wake_next(session, delivery, new)
        record(session, "delivery.retried", "delivery", delivery_id, actor=actor, detail=detail)
    return new


def resolve(delivery_id: int, outcome: str, why: str, actor: str) -> DeliveryState:
    """Resolve an unknown delivery: ``sent`` makes it accepted, ``not-sent`` due now.

    - ``why`` says how that is known, and is required.
    - Raises NotFound, InvalidInput, and UserError if the delivery is not unknown.
    """
    new = OUTCOMES.get(outcome)
    if new is None:
        raise InvalidInput({"outcome": Problem(DeliveryProblem.OUTCOME_MISSING)})
    reason = require_why(why)
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if state is not DeliveryState.UNKNOWN:
            raise UserError(DeliveryProblem.OUTCOME_KNOWN, state=name_state(state))
        due_at = now if new is DeliveryState.RETRY_WAIT else None
        change_or_refuse(session, delivery, state, new, now, due_at=due_at)
        wake_next(session, delivery, new)
        detail: Detail = {"outcome": outcome, "why": reason}
        record(session, "delivery.resolved", "delivery", delivery_id, actor=actor, detail=detail)
    return new


def confirm(delivery_id: int, why: str, actor: str) -> DeliveryState:
    """Record that a person at the office confirmed the letter: it is ``delivered``.

    - One that was handed over, is unknown, or came back. ``why`` says who confirmed it and how, and
      is required. It keeps the time at which it was sent.
    - Raises NotFound, InvalidInput, and UserError for any other state.
    """
    reason = require_why(why)
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if not can_confirm(state):
            raise UserError(DeliveryProblem.NOT_CONFIRMED, state=name_state(state))
        sent_at = _find_sent(session, delivery) or now
        unknown = state is DeliveryState.UNKNOWN
        steps = (DeliveryState.ACCEPTED,) if unknown else ()
        old = state
        for new in (*steps, DeliveryState.DELIVERED):
            change_or_refuse(session, delivery, old, new, now, due_at=None, settled_at=sent_at)
            old = new
        detail = _describe(state, reason)
        record(session, "delivery.confirmed", "delivery", delivery_id, actor=actor, detail=detail)
    return DeliveryState.DELIVERED


def cancel(delivery_id: int, actor: str, why: str) -> DeliveryState:
    """Cancel a delivery; it is never sent, or never again.

    - Raises NotFound, InvalidInput without ``why``, and UserError where it is being sent just now
      or has arrived.
    """
    reason = require_why(why)
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if not can_cancel(state):
            raise UserError(DeliveryProblem.NOT_CANCELLED, state=name_state(state))
        change_or_refuse(session, delivery, state, DeliveryState.CANCELLED, now, due_at=None)
        detail = _describe(state, reason)
        record(session, "delivery.cancelled", "delivery", delivery_id, actor=actor, detail=detail)
    return DeliveryState.CANCELLED


def note(delivery_id: int, actor: str, words: str) -> None:
    """Write a note into the log of a delivery, which changes nothing else.

    - Raises NotFound, and InvalidInput without words.
    """
    line = read_reason(words, DeliveryProblem.NOTE_MISSING, None)
    with transaction() as session:
        if session.get(Delivery, delivery_id) is None:
            raise NotFound(DeliveryProblem.NOT_FOUND)
        detail: Detail = {"why": line}
        record(session, "delivery.noted", "delivery", delivery_id, actor=actor, detail=detail)


def can_retry(state: DeliveryState, reason: str | None) -> bool:
    """Return whether a delivery in that state, held for that reason, can be retried."""
    return state in AGAIN or (state is DeliveryState.HELD and reason == HoldReason.NOT_RENDERED)


def can_confirm(state: DeliveryState) -> bool:
    """Return whether a person at the office may confirm a delivery in that state."""
    return state in CONFIRMABLE


def can_cancel(state: DeliveryState) -> bool:
    """Return whether a delivery in that state can be cancelled."""
    return DeliveryState.CANCELLED in DELIVERY_TRANSITIONS[state]


def clean_why(why: str) -> str:
    """Return the words of staff as one line of at most 500 characters."""
    return read_reason(why, None, None)


def require_why(why: str) -> str:
    """Return the words of staff as one line; raises InvalidInput if there are none."""
    return read_reason(why, DeliveryProblem.WHY_MISSING, None)


def load_locked(session: Session, delivery_id: int) -> tuple[Delivery, DeliveryState]:
    """Return a delivery, locked until the commit, and its state; raises NotFound."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise NotFound(DeliveryProblem.NOT_FOUND)
    return delivery, DeliveryState(delivery.state)


def change_or_refuse(
    session: Session,
    delivery: Delivery,
    old: DeliveryState,
    new: DeliveryState,
    now: datetime,
    due_at: datetime | None,
    **values: Any,
) -> None:
    """Change a delivery that is locked; raises UserError if it is in another state by now."""
    values = {"due_at": due_at, "reason": None, **values}
    if not change_state(session, delivery.id, delivery.attempt, old, new, now, **values):
        raise UserError(DeliveryProblem.CHANGED)


def _find_sent(session: Session, delivery: Delivery) -> datetime | None:
    """Return when the last attempt ended; when it was settled if that is not known."""
    attempt = session.get(Attempt, (delivery.id, delivery.attempt))
    return attempt.ended_at if attempt and attempt.ended_at else delivery.settled_at


def wake_next(session: Session, delivery: Delivery, new: DeliveryState) -> None:
    """Wake the stage that has work now."""
    if new is DeliveryState.QUEUED:
        wake_after_commit(session, Stage.RENDER, delivery.milestone_id)
    elif new is DeliveryState.RETRY_WAIT:
        wake_after_commit(session, Stage.DELIVER, delivery.id)


def _describe(state: DeliveryState, why: str) -> Detail:
    return {"was": state.value, "why": why} if why else {"was": state.value}


def name_state(state: DeliveryState) -> str:
    """Return a state as messages name it."""
    return state.value.replace("_", " ")
