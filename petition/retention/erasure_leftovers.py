"""What an erasure leaves is let go in its turn: when somebody signed, where, what they were mailed.

The row itself stays, as a number without anything to it: the ledger and the letters count it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, delete, func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Candidate, Mail, Placement, RefusedMail, Signature
from petition.models.signature import LEFTOVERS, make_link_secret
from petition.retention.data_kind import PastData

# What tells of mails, of the place and of what was allowed. ``created_at`` must be there, and is
# left with its day alone.
EMPTY: dict[str, Any] = {
    "mailed_at": None,
    "confirmed_at": None,
    "unsubscribed_at": None,
    "precision": None,
    "geocoder": None,
    "review_reason": None,
    "language": "en",
    "reject_reason": None,
    "invalidated_with": None,
    "unreachable_at": None,
    "doubted_at": None,
    "unreachable_cause": None,
    "resubscribed_at": None,
    "answered_at": None,
    "touched_at": None,
    "loaded_form": None,
    "proved_at": None,
    "amended_at": None,
    "name_changes": 0,
}


def look_at_erased(before: datetime) -> PastData:
    """Return how many were erased before a moment, and are not emptied yet."""
    query = select(func.count(), func.min(Signature.ended_at)).where(*_left(before))
    return PastData(*db.session.execute(query).one())


def erase_leftovers(before: datetime, limit: int) -> int:
    """Empty up to ``limit`` rows that were erased before a moment.

    - Their links end: a page that tells a district and a day is of use to whoever finds the mail.
    - Consents stay, withdrawn: see docs/decisions/privacy.md.
    """
    now = utcnow()
    with transaction() as session:
        rows = session.execute(
            select(Signature.id, Signature.created_at)
            .where(*_left(before))
            .order_by(Signature.ended_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        ids = [row.id for row in rows]
        if not ids:
            return 0
        for table in (Placement, Candidate, Mail, RefusedMail):
            session.execute(
                delete(table)
                .where(table.signature_id.in_(ids))
                .execution_options(synchronize_session=False)
            )
        session.execute(
            update(Signature),
            [
                EMPTY
                | {
                    "id": row.id,
                    "created_at": _keep_day(row.created_at),
                    "link_secret": make_link_secret(),
                    "emptied_at": now,
                }
                for row in rows
            ],
        )
        return len(ids)


def _left(before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    # Who is still to be taken out of a count is waited for.
    return LEFTOVERS, Signature.ended_at < before, Signature.due_at.is_(None)


def _keep_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
