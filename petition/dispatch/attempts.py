"""The rows that record each attempt and its outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from petition.core.extensions import get_settings
from petition.dispatch.kinds import OutgoingKind
from petition.models import Cause, Phase
from petition.models.states import OutgoingState

_LONGEST_DETAIL = 120  # characters, the length of the column
Kind = OutgoingKind[Any, Any]


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended.

    - ``detail``: a code for the log and for staff, without personal data. ``cause``: why the mail
      server refused it, if not because of the recipient; else None.
    - ``recipient``: the address it was sent to; ``said``: the answer, with its addresses masked.
    """

    detail: str
    cause: Cause | None = None
    recipient: str | None = None
    said: str | None = None


def begin_attempt(session: Session, kind: Kind, row_id: int, number: int, now: datetime) -> None:
    """Insert the row of an attempt that begins."""
    session.execute(
        insert(kind.attempts).values(
            {kind.owner_name: row_id, "number": number, "phase": Phase.CLAIMED, "started_at": now}
        )
    )


def mark_phase(session: Session, kind: Kind, row_id: int, number: int) -> None:
    """Record that from now on the message of an attempt may have arrived."""
    session.execute(
        update(kind.attempts).where(*_is(kind, row_id, number)).values(phase=Phase.HANDOVER)
    )


def mark_unspent(session: Session, kind: Kind, row_id: int, number: int) -> None:
    """Record that an attempt does not count towards giving up."""
    session.execute(update(kind.attempts).where(*_is(kind, row_id, number)).values(spent=False))


def note_cause(
    session: Session,
    kind: Kind,
    row_id: int,
    number: int,
    cause: Cause,
    detail: str,
    now: datetime,
) -> datetime:
    """Record the cause of an attempt's refusal; return when the attempt began."""
    return session.execute(
        update(kind.attempts)
        .where(*_is(kind, row_id, number))
        .values(about=cause, detail=detail[:_LONGEST_DETAIL], ended_at=now)
        .returning(kind.attempts.started_at)
    ).scalar_one()


def end_attempt(
    session: Session,
    kind: Kind,
    row_id: int,
    number: int,
    outcome: str,
    end: AttemptEnd,
    now: datetime,
) -> None:
    """Record the outcome of an attempt."""
    session.execute(
        update(kind.attempts)
        .where(*_is(kind, row_id, number))
        .values(
            ended_at=now,
            outcome=outcome,
            detail=end.detail[:_LONGEST_DETAIL],
            recipient=end.recipient,
            said=end.said,
        )
    )


def has_attempts_left(
    session: Session, kind: Kind, row_id: int, cause: Cause | None = None
) -> bool:
    """Return whether a row is retried automatically after this attempt.

    - A failed row that staff made due again gets as many attempts as a new one.
    """
    most = kind.most_attempts or get_settings().max_attempts
    return count_spent(session, kind, row_id, cause) < most


def count_spent(session: Session, kind: Kind, row_id: int, cause: Cause | None = None) -> int:
    """Return how many attempts count towards giving up, since the row was last settled.

    - ``cause`` OURS: only attempts with a cause are counted.
    """
    attempts, ended = kind.attempts, aliased(kind.attempts)
    settled = (
        select(func.max(ended.number))
        .where(
            getattr(ended, kind.owner_name) == row_id,
            ended.outcome.in_((OutgoingState.FAILED, OutgoingState.ACCEPTED)),
        )
        .scalar_subquery()
    )
    spent = select(func.count()).where(
        kind.owner == row_id,
        attempts.spent,
        attempts.number > func.coalesce(settled, 0),
        *([attempts.about.is_not(None)] if cause is Cause.OURS else []),
    )
    return session.scalar(spent) or 0


def _is(kind: Kind, row_id: int, number: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return kind.owner == row_id, kind.attempts.number == number
