"""Settles attempts whose lease has expired."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.dispatch.attempts import AttemptEnd, end_attempt, has_attempts_left
from petition.dispatch.kinds import OutgoingKind
from petition.dispatch.state_changes import change_state
from petition.models import Phase
from petition.models.outgoing.dispatched import Dispatched
from petition.models.states import OutgoingState


def recover_expired(
    kind: OutgoingKind[Any, Any], now: datetime | None = None, limit: int = 500
) -> int:
    """Settle up to ``limit`` attempts of a kind whose lease has expired; return how many.

    - Handed over, and a repeat would leave a second copy: ``unknown``, for a person to resolve.
    - Otherwise: due now, or ``failed`` if no attempt is left, so that a row that kills its worker
      does not do so forever.
    - Safe to run concurrently: each row is settled by one caller.
    """
    now, table, attempts = now or utcnow(), kind.table, kind.attempts
    with transaction() as session:
        # Both rows are locked, so that a hand-over that is being committed is seen or skipped.
        expired = session.execute(
            select(table, attempts.phase)
            .join(attempts, and_(kind.owner == table.id, attempts.number == table.attempt))
            .where(table.state == OutgoingState.SENDING, table.due_at <= now)
            .order_by(table.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        return sum(_recover(session, kind, row, phase, now) for row, phase in expired)


def _recover(
    session: Session, kind: OutgoingKind[Any, Any], row: Dispatched, phase: str, now: datetime
) -> bool:
    new, reason = OutgoingState.FAILED, "given up: worker lost"
    due_at: datetime | None = None
    if phase == Phase.HANDOVER and not kind.is_repeatable(row):
        new, reason = OutgoingState.UNKNOWN, "worker lost after handover"
    elif has_attempts_left(session, kind, row.id):
        new, due_at, reason = OutgoingState.RETRY_WAIT, now, "worker lost"
    if not change_state(
        session,
        kind.table,
        kind.transitions,
        row.id,
        row.attempt,
        OutgoingState.SENDING,
        new,
        now,
        due_at=due_at,
        reason=reason,
    ):
        return False
    end_attempt(session, kind, row.id, row.attempt, new, AttemptEnd("lease expired"), now)
    detail: Detail = {"attempt": row.attempt, "outcome": new.value, "phase": phase}
    record(session, f"{kind.name}.expired", kind.name, row.id, detail=detail)
    return True
