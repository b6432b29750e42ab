"""Files of signers who would like an answer, a time after the last hand-over of their letter.

A file is needed only while one of its milestone's letters is being sent or tried again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, tuple_

from petition.core.extensions import db, transaction
from petition.models import Delivery, DeliveryState, LegalHold, Milestone, ReplyFile
from petition.retention.data_kind import PastData

ATTACHING = or_(
    Delivery.state.in_((DeliveryState.SENDING, DeliveryState.RETRY_WAIT)),
    # Staff hold it, and release it with the same bytes.
    and_(Delivery.state == DeliveryState.HELD, Delivery.attempt > 0),
)


def count_past_replies(before: datetime) -> PastData:
    """Return how many files belong to letters that were last handed over before ``before``."""
    ended = _find_end()
    query = select(func.count(), func.min(ended)).where(*_past(before))
    return PastData(*db.session.execute(query).one())


def erase_replies(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` files of letters that were last handed over before ``before``."""
    key = tuple_(ReplyFile.milestone_id, ReplyFile.mark)
    with transaction() as session:
        query = select(ReplyFile.milestone_id, ReplyFile.mark).where(*_past(before)).limit(limit)
        found = [tuple(row) for row in session.execute(query)]
        if not found:
            return 0
        gone = delete(ReplyFile).where(key.in_(found), *_past(before)).returning(ReplyFile.mark)
        return len(session.scalars(gone).all())


def _find_end() -> ColumnElement[datetime]:
    """Return when a file's milestone was last handed over; when it was made if it never was."""
    settled: Select[Any] = select(func.max(Delivery.settled_at)).where(
        Delivery.milestone_id == ReplyFile.milestone_id
    )
    return func.coalesce(settled.correlate(ReplyFile).scalar_subquery(), ReplyFile.made_at)


def _past(before: datetime) -> tuple[ColumnElement[bool], ...]:
    attaching = exists().where(Delivery.milestone_id == ReplyFile.milestone_id, ATTACHING)
    held = exists().where(
        Milestone.id == ReplyFile.milestone_id, ~LegalHold.spares(Milestone.campaign_id)
    )
    return ReplyFile.made_at < before, _find_end() < before, ~attaching, ~held
