"""Empty the rows of erased signatures: time of signing, districts, and which mails were sent.

The row itself stays with its id only, since ledger and letters count it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, delete, func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Candidate, LegalHold, Mail, Placement, RefusedMail, Signature
from petition.models.signatures.signature import LEFTOVERS, make_link_secret
from petition.retention.data_kind import PastData

# The columns about mails, location and consent. ``created_at`` is not nullable, and is truncated to
# the day.
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
    "offer_set_id": None,
}


def count_past_erased(before: datetime) -> PastData:
    """Return how many signatures were erased before ``before`` and are not emptied yet."""
    query = select(func.count(), func.min(Signature.ended_at)).where(*_left(before))
    return PastData(*db.session.execute(query).one())


def erase_leftovers(before: datetime, limit: int) -> int:
    """Empty up to ``limit`` rows that were erased before ``before``; return how many.

    - Their links are revoked: the page shows a district and a day to anyone who finds the mail.
    - Consents are kept as withdrawn: see docs/decisions/privacy.md.
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
            session.execute(delete(table).where(table.signature_id.in_(ids)))
        session.execute(
            update(Signature).execution_options(synchronize_session="auto"),  # by primary key
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
    # Not those that are still to be removed from a count.
    return (
        LEFTOVERS,
        Signature.ended_at < before,
        Signature.due_at.is_(None),
        LegalHold.spares(Signature.campaign_id),
    )


def _keep_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
