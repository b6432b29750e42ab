"""Writing down how an attempt ended, by the worker that still holds it."""

import secrets
import time
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.delivery.changes import change_state
from petition.delivery.claim import Claim
from petition.errors import DatabaseUnavailable
from petition.extensions import get_settings, transaction
from petition.logs import get_logger
from petition.models import Attempt, DeliveryState
from petition.trail import Detail, record

log = get_logger(__name__)

LONGEST_WAIT = timedelta(hours=6)
LONGEST_REASON = 60  # characters, as the column has it
PATIENCE_STEP = 0.5  # seconds between two tries to write while the database is away
_random = secrets.SystemRandom()


def settle(claimed: Claim, state: DeliveryState, detail: str) -> DeliveryState | None:
    """Return the state that the attempt led to; None where another worker has it meanwhile.

    - ``retry_wait`` becomes ``failed`` when no attempt is left.
    - ``detail`` is a code for the log and for staff, nothing personal.
    - What was sent cannot be sent again to learn how it ended, so a database that is away is
      waited for, up to a lease's time. Raises DatabaseUnavailable after it; the lease then expires
      and the attempt is settled by what is known of it.
    """
    patient_until = time.monotonic() + get_settings().lease_seconds
    while True:
        try:
            return _write(claimed, state, detail)
        except DatabaseUnavailable:
            if time.monotonic() >= patient_until:
                raise
            time.sleep(PATIENCE_STEP)


def has_attempts_left(attempt: int) -> bool:
    """Return whether a delivery is tried again by itself after this attempt.

    - One that staff set going again after it had failed for good gets as many as a new one.
    """
    return attempt % get_settings().max_attempts != 0


def choose_wait(attempt: int, base_seconds: float) -> timedelta:
    """Return how long to wait after an attempt: exponential, at most six hours, full jitter.

    - Jitter spreads the letters that one outage has stopped, so that they do not return as one.
    """
    ceiling = min(base_seconds * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=_random.uniform(0, ceiling))


def end_attempt(
    session: Session, delivery_id: int, number: int, outcome: str, detail: str, now: datetime
) -> None:
    """Complete an attempt's row."""
    session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.number == number)
        .values(ended_at=now, outcome=outcome, detail=detail[:120])
        .execution_options(synchronize_session=False)
    )


def _write(claimed: Claim, state: DeliveryState, detail: str) -> DeliveryState | None:
    now = utcnow()
    reason: str | None = detail
    due_at: datetime | None = None
    if state is DeliveryState.RETRY_WAIT:
        if has_attempts_left(claimed.attempt):
            wait = choose_wait(claimed.attempt, get_settings().retry_base_seconds)
            due_at = now + wait
        else:
            state, reason = DeliveryState.FAILED, f"given up: {detail}"
    elif state is DeliveryState.ACCEPTED:
        reason = None
    told: Detail = {"attempt": claimed.attempt, "outcome": state.value, "code": detail}
    with transaction() as session:
        if not change_state(
            session,
            claimed.delivery_id,
            claimed.attempt,
            DeliveryState.SENDING,
            state,
            now,
            due_at=due_at,
            reason=reason[:LONGEST_REASON] if reason else None,
        ):
            # It changes nothing, and yet staff who must resolve an unknown want to know it.
            record(session, "delivery.late", "delivery", claimed.delivery_id, detail=told)
            log.warning("delivery.late", delivery=claimed.delivery_id, attempt=claimed.attempt)
            return None
        end_attempt(session, claimed.delivery_id, claimed.attempt, state, detail, now)
        record(session, f"delivery.{state}", "delivery", claimed.delivery_id, detail=told)
    log.info(
        "delivery.settled", delivery=claimed.delivery_id, state=state.value, attempt=claimed.attempt
    )
    return state
