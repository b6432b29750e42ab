"""Messages of organizations to people, with which of them got them, a time after their end."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select

from petition.core.extensions import db, transaction
from petition.models import LegalHold, RelayAttempt, RelayMessage, RelaySend, RelayState
from petition.retention.data_kind import PastData

# One message is deleted with all of its rows.
_ROWS = 5_000


def count_past_relayed(before: datetime) -> PastData:
    """Return how many messages ended, or drafts were changed last, before ``before``."""
    query = select(func.count(), func.min(RelayMessage.created_at)).where(_is_past(before))
    return PastData(*db.session.execute(query).one())


def erase_relayed(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` such messages, and those of their rows that are left.

    - A message with many rows takes several calls, and counts in each.
    """
    with transaction() as session:
        ids = session.scalars(
            select(RelayMessage.id).where(_is_past(before)).order_by(RelayMessage.id).limit(limit)
        ).all()
        sends = session.scalars(
            select(RelaySend.id).where(RelaySend.message_id.in_(ids)).limit(_ROWS)
        ).all()
        session.execute(delete(RelayAttempt).where(RelayAttempt.send_id.in_(sends)))
        session.execute(delete(RelaySend).where(RelaySend.id.in_(sends)))
        if len(sends) < _ROWS:
            session.execute(delete(RelayMessage).where(RelayMessage.id.in_(ids)))
        return len(ids)


def _is_past(before: datetime) -> ColumnElement[bool]:
    draft = and_(RelayMessage.state == RelayState.DRAFT, RelayMessage.changed_at < before)
    # One without a campaign went to the people of each.
    free = case(
        (RelayMessage.campaign_id.is_(None), LegalHold.is_none_in_force()),
        else_=LegalHold.spares(RelayMessage.campaign_id),
    )
    return and_(or_(RelayMessage.ended_at < before, draft), free)
