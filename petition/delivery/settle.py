"""Writing down how an attempt ended, by the worker that still holds it."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import get_settings, transaction
from petition.core.logs import get_logger
from petition.delivery.claim import DeliveryClaim
from petition.delivery.letter_lane import (
    LaneRuling,
    count_spent,
    hold_lane_for,
    rule_refused,
    rule_taken,
)
from petition.delivery.requeue import revive_if_due
from petition.dispatch.backoff import Backoff
from petition.models import Attempt, Cause, Delivery, DeliveryState, MailLane
from petition.transitions.delivery_changes import change_state

log = get_logger(__name__)

BACKOFF = Backoff(longest=timedelta(hours=6))
LONGEST_REASON = 60  # characters, as the column has it
PATIENCE_STEP = 0.5  # seconds between two tries to write while the database is away


@dataclass(frozen=True, slots=True)
class End:
    """How a try ended.

    - ``detail`` is a code for the log and for staff, nothing personal. ``cause``: why the mail
      server refused it, where that is not for the office.
    - ``recipient``: the address that it went to; ``said``: what was answered, masked.
    """

    detail: str
    cause: Cause | None = None
    recipient: str | None = None
    said: str | None = None


def settle(claimed: DeliveryClaim, state: DeliveryState, end: End) -> DeliveryState | None:
    """Return the state that the attempt led to; None where another worker has it meanwhile.

    - ``retry_wait`` becomes ``failed`` when no attempt is left. ``failed`` becomes ``retry_wait``
      where the mail server refused it for a cause: see petition/delivery/letter_lane.py.
    - What was sent cannot be sent again to learn how it ended, so a database that is away is
      waited for, up to a lease's time. Raises DatabaseUnavailable after it; the lease then expires
      and the attempt is settled by what is known of it.
    """
    patient_until = time.monotonic() + get_settings().lease_seconds
    while True:
        try:
            settled = _write(claimed, state, end)
            break
        except DatabaseUnavailable:
            if time.monotonic() >= patient_until:
                raise
            time.sleep(PATIENCE_STEP)
    if settled is DeliveryState.ACCEPTED:
        _try_to_revive()
    return settled


def has_attempts_left(session: Session, delivery_id: int, cause: Cause | None = None) -> bool:
    """Return whether a delivery is tried again by itself after this attempt.

    - One that was set going again after it had failed for good gets as many as a new one.
    """
    return count_spent(session, delivery_id, cause) < get_settings().max_attempts


def end_attempt(
    session: Session, delivery_id: int, number: int, outcome: str, end: End, now: datetime
) -> None:
    """Complete an attempt's row."""
    session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.number == number)
        .values(
            ended_at=now,
            outcome=outcome,
            detail=end.detail[:120],
            recipient=end.recipient,
            said=end.said,
        )
    )


def _write(claimed: DeliveryClaim, state: DeliveryState, end: End) -> DeliveryState | None:
    now = utcnow()
    with transaction() as session:
        lane = hold_lane_for(session, claimed.channel, state, end.cause)
        if not _is_held(session, claimed):
            # It changes nothing, and yet staff who must resolve an unknown want to know it.
            told: Detail = {"attempt": claimed.attempt, "outcome": state.value, "code": end.detail}
            record(session, "delivery.late", "delivery", claimed.delivery_id, detail=told)
            log.warning("delivery.late", delivery=claimed.delivery_id, attempt=claimed.attempt)
            return None
        ruling = _rule(session, lane, claimed, state, end, now)
        state = _finish(session, claimed, ruling, end, now)
    log.info(
        "delivery.settled", delivery=claimed.delivery_id, state=state.value, attempt=claimed.attempt
    )
    return state


def _is_held(session: Session, claimed: DeliveryClaim) -> bool:
    held = select(Delivery.id).where(
        Delivery.id == claimed.delivery_id,
        Delivery.state == DeliveryState.SENDING,
        Delivery.attempt == claimed.attempt,
    )
    return session.scalar(held.with_for_update()) is not None


def _rule(
    session: Session,
    lane: MailLane | None,
    claimed: DeliveryClaim,
    state: DeliveryState,
    end: End,
    now: datetime,
) -> LaneRuling:
    if lane is None:
        return LaneRuling(state)
    if state is DeliveryState.ACCEPTED:
        rule_taken(session, now)
        return LaneRuling(state)
    return rule_refused(session, lane, claimed, state, end.cause, end.detail, now)


def _finish(
    session: Session, claimed: DeliveryClaim, ruling: LaneRuling, end: End, now: datetime
) -> DeliveryState:
    """Write the attempt and the delivery as they end; return the delivery's state."""
    state, attempt = ruling.state, claimed.attempt
    reason: str | None = None if state is DeliveryState.ACCEPTED else end.detail
    due_at: datetime | None = None
    if not ruling.spent:
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id == claimed.delivery_id, Attempt.number == attempt)
            .values(spent=False)
        )
    if state is DeliveryState.RETRY_WAIT:
        if not ruling.spent or has_attempts_left(session, claimed.delivery_id, ruling.cause):
            wait = BACKOFF.choose_wait(attempt, get_settings().retry_base_seconds)
            due_at = now + (wait if ruling.longest is None else min(wait, ruling.longest))
        else:
            state, reason = DeliveryState.FAILED, f"given up: {end.detail}"
    change_state(
        session,
        claimed.delivery_id,
        attempt,
        DeliveryState.SENDING,
        state,
        now,
        due_at=due_at,
        reason=reason[:LONGEST_REASON] if reason else None,
    )
    end_attempt(session, claimed.delivery_id, attempt, state, end, now)
    told: Detail = {"attempt": attempt, "outcome": state.value, "code": end.detail}
    if ruling.cause is not None:
        told = {**told, "about": ruling.cause.value}
    record(session, f"delivery.{state}", "delivery", claimed.delivery_id, detail=told)
    return state


def _try_to_revive() -> None:
    """Let those go that were refused before, where this has opened the lane of letters."""
    try:
        revive_if_due()
    except DatabaseUnavailable:  # the reconciler does it then
        log.warning("letters.not_revived")
