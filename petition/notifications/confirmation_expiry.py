"""Let go of the confirmations that nobody followed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.models import MailLane, Signature, SignatureState
from petition.models.signatures.signature import UNREADABLE
from petition.notifications.requeueing import find_oldest
from petition.transitions.signature_changes import build_change


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return whether a confirmation is due: to be mailed, or to be let go of."""
    return Signature.state == SignatureState.PENDING, Signature.due_at <= now


def is_over(lane: MailLane | None, now: datetime) -> ColumnElement[bool]:
    """Return whether one that is due was mailed and not followed in time, or is not to be mailed.

    - Its signer wants or gets no mail, it was never mailed for as long as its link would have
      lived, or its answers do not open.
    """
    return (
        Signature.mailed_at.is_not(None)
        | (Signature.created_at <= find_oldest(lane, now))
        | Signature.unsubscribed_at.is_not(None)
        | Signature.unreachable_at.is_not(None)
        | Signature.review_reason.is_not_distinct_from(UNREADABLE)
    )


def expire(
    session: Session, ids: Sequence[int], lane: MailLane | None, now: datetime
) -> Sequence[int]:
    """End those of ``ids`` that are over; return them; whoever calls commits.

    - ``ids`` are due and locked: their state is not asked for again, or SQLite would look for them
      among all that are due.
    """
    expired = session.scalars(
        build_change(SignatureState.EXPIRED, (SignatureState.PENDING,), now, due_at=None)
        .where(Signature.id.in_(ids), is_over(lane, now))
        .returning(Signature.id)
    ).all()
    record_all(session, "signature.expired", "signature", {id: {} for id in expired})
    return expired


def find_over(session: Session, lane: MailLane | None, now: datetime, limit: int) -> Sequence[int]:
    """Return up to ``limit`` that are over, wherever they stand, and lock them.

    - It reads past all that wait: for a lane that is stopped, whose mails stand before them.
    """
    return session.scalars(
        select(Signature.id)
        .where(*is_due(now), is_over(lane, now))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
