"""Settle the attempts whose worker let its lease run out."""

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
    """Settle the attempts of a kind whose lease ran out; return how many.

    - Handed over where a repeat would be a second one: ``unknown``, for a person to resolve.
    - Otherwise nothing has arrived, or arriving twice leaves one: tried again now, or ``failed``
      when no attempt is left (a row that kills its worker must not do so for ever).
    - Safe to run by several at once: each row is settled by one of them.
    """
    now, table, attempts = now or utcnow(), kind.table, kind.attempts
    with transaction() as session:
        # Both rows are locked: a handover that is being committed must be seen or waited out.
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
