"""Expires signatures that were not confirmed in time."""

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
    """Return the conditions that a confirmation is due: to be mailed, or to expire."""
    return Signature.state == SignatureState.PENDING, Signature.due_at <= now


def is_over(lane: MailLane | None, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a due confirmation was not followed in time or is not mailed.

    - The signer unsubscribed or is unreachable, it was not mailed within the lifetime of its link,
      or the signer's data does not open.
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
    """Expire those of ``ids`` that are over; return their ids. The caller commits.

    - ``ids`` are due and locked; their state is not a condition, since SQLite would then search all
      due rows.
    """
    expired = session.scalars(
        build_change(SignatureState.EXPIRED, (SignatureState.PENDING,), now, due_at=None)
        .where(Signature.id.in_(ids), is_over(lane, now))
        .returning(Signature.id)
    ).all()
    record_all(session, "signature.expired", "signature", {id: {} for id in expired})
    return expired


def find_over(session: Session, lane: MailLane | None, now: datetime, limit: int) -> Sequence[int]:
    """Lock up to ``limit`` confirmations that are over, and return their ids.

    - Reads past all confirmations that wait to be mailed: for a stopped lane.
    """
    return session.scalars(
        select(Signature.id)
        .where(*is_due(now), is_over(lane, now))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
