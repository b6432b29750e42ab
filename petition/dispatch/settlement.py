"""Records the outcome of an attempt, by the worker that still holds it."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import get_settings, transaction
from petition.core.logs import get_logger
from petition.dispatch.attempts import (
    AttemptEnd,
    end_attempt,
    has_attempts_left,
    mark_unspent,
)
from petition.dispatch.kinds import Claim, OutgoingKind
from petition.dispatch.lane_rulings import LaneRuling, hold_lane_for, rule
from petition.dispatch.leases import is_held
from petition.dispatch.state_changes import change_state
from petition.models.outgoing.dispatched import LONGEST_REASON
from petition.models.states import OutgoingState

log = get_logger(__name__)
Kind = OutgoingKind[Any, Any]
Written = TypeVar("Written")

PATIENCE_STEP = 0.5  # seconds between two writes while the database is unavailable


def settle(
    kind: Kind, claimed: Claim[Any], state: OutgoingState, end: AttemptEnd
) -> OutgoingState | None:
    """Record how an attempt ended; return the row's new state, None if the claim was lost.

    - ``retry_wait`` becomes ``failed`` if no attempt is left. ``failed`` becomes ``retry_wait`` if
      the mail server's refusal has a cause (lane_rulings.py).
    - Waits for an unavailable database as ``write_patiently`` does.
    """
    return write_patiently(lambda: _write(kind, claimed, state, end))


def write_patiently(write: Callable[[], Written]) -> Written:
    """Call ``write`` until the database is available, for ``lease_seconds`` at most.

    - For outcomes, which cannot be learned a second time. Raises DatabaseUnavailable after that;
      the row's lease then expires.
    """
    patient_until = time.monotonic() + get_settings().lease_seconds
    while True:
        try:
            return write()
        except DatabaseUnavailable:
            if time.monotonic() >= patient_until:
                raise
            time.sleep(PATIENCE_STEP)


def _write(
    kind: Kind, claimed: Claim[Any], state: OutgoingState, end: AttemptEnd
) -> OutgoingState | None:
    now = utcnow()
    with transaction() as session:
        lane = hold_lane_for(session, claimed.lane, state, end.cause)
        if not _is_sending(session, kind, claimed):
            # It changes nothing, but helps staff who must resolve an unknown outcome.
            told: Detail = {"attempt": claimed.attempt, "outcome": state.value, "code": end.detail}
            record(session, f"{kind.name}.late", kind.name, claimed.row_id, detail=told)
            log.warning("dispatch.late", **_name(kind, claimed))
            return None
        ruling = rule(session, kind, lane, claimed, state, end, now)
        state = _finish(session, kind, claimed, ruling, end, now)
    log.info("dispatch.settled", state=state.value, **_name(kind, claimed))
    return state


def _is_sending(session: Session, kind: Kind, claimed: Claim[Any]) -> bool:
    held = select(kind.table.id).where(
        *is_held(kind.table, claimed.row_id, claimed.attempt),
        kind.table.state == OutgoingState.SENDING,
    )
    return session.scalar(held.with_for_update()) is not None


def _finish(
    session: Session,
    kind: Kind,
    claimed: Claim[Any],
    ruling: LaneRuling,
    end: AttemptEnd,
    now: datetime,
) -> OutgoingState:
    """Update the attempt and the row; return the row's state."""
    row_id, attempt, state = claimed.row_id, claimed.attempt, ruling.state
    reason: str | None = None if state is OutgoingState.ACCEPTED else end.detail
    due_at: datetime | None = None
    if not ruling.spent:
        mark_unspent(session, kind, row_id, attempt)
    if state is OutgoingState.RETRY_WAIT:
        if not ruling.spent or has_attempts_left(session, kind, row_id, ruling.cause):
            wait = kind.choose_wait(session, row_id, attempt)
            due_at = now + (wait if ruling.longest is None else min(wait, ruling.longest))
        else:
            state, reason = OutgoingState.FAILED, f"given up: {end.detail}"
    change_state(
        session,
        kind.table,
        kind.transitions,
        row_id,
        attempt,
        OutgoingState.SENDING,
        state,
        now,
        due_at=due_at,
        reason=reason[:LONGEST_REASON] if reason else None,
    )
    end_attempt(session, kind, row_id, attempt, state, end, now)
    told: Detail = {"attempt": attempt, "outcome": state.value, "code": end.detail}
    if ruling.cause is not None:
        told = {**told, "about": ruling.cause.value}
    record(session, f"{kind.name}.{state}", kind.name, row_id, detail=told)
    return state


def _name(kind: Kind, claimed: Claim[Any]) -> dict[str, str | int]:
    return {"kind": kind.name, "row": claimed.row_id, "attempt": claimed.attempt}
