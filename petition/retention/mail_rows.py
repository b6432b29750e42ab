"""Rows about mails: mails to signers, incoming mails, and unanswered requests for a lost link.

A row that prevents a second mail is kept as long as its signature: the question where a signer
lives, and the notice of a campaign's successor.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, delete, func, select

from petition.core.extensions import db, transaction
from petition.models import Ask, IncomingMail, LegalHold, Mail, Signature, SignatureState
from petition.models.outgoing.mail import DONE
from petition.retention.data_kind import PastData


def count_past_mails(before: datetime) -> PastData:
    """Return how many mails were planned before ``before`` and are done."""
    query = select(func.count(), func.min(Mail.created_at)).join(
        Signature, Signature.id == Mail.signature_id
    )
    return PastData(*db.session.execute(query.where(*_done(before))).one())


def erase_mails(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` rows of done mails that are not needed to prevent a second one."""
    found = (
        select(Mail.id)
        .join(Signature, Signature.id == Mail.signature_id)
        .where(*_done(before))
        .limit(limit)
    )
    return _delete(Mail, Mail.id, found, (Mail.due_at.is_(None), Mail.created_at < before))


def count_past_incoming(before: datetime) -> PastData:
    """Return how many incoming mails were read before ``before``."""
    query = select(func.count(), func.min(IncomingMail.read_at))
    return PastData(*db.session.execute(query.where(IncomingMail.read_at < before)).one())


def erase_incoming(before: datetime, limit: int) -> int:
    """Delete the hashes of up to ``limit`` incoming mails that were read before ``before``."""
    old = IncomingMail.read_at < before
    return _delete(
        IncomingMail, IncomingMail.key, select(IncomingMail.key).where(old).limit(limit), (old,)
    )


def count_past_asks(before: datetime) -> PastData:
    """Return how many requests for a link from before ``before`` were not processed."""
    query = select(func.count(), func.min(Ask.asked_at)).where(Ask.asked_at < before)
    return PastData(*db.session.execute(query).one())


def erase_asks(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` requests for a link from before ``before``."""
    old = Ask.asked_at < before
    return _delete(Ask, Ask.id, select(Ask.id).where(old).order_by(Ask.id).limit(limit), (old,))


def _done(before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    # While a signature is pending, mailing its confirmation again would plan a second reminder.
    return (
        DONE,
        Mail.created_at < before,
        Signature.state != SignatureState.PENDING,
        LegalHold.spares(Signature.campaign_id),
    )


def _delete(
    table: Any, key: Any, found: Any, still: Sequence[ColumnElement[bool] | TextClause]
) -> int:
    """Delete the rows found for which ``still`` holds, since others write them concurrently."""
    with transaction() as session:
        keys = session.scalars(found).all()
        if not keys:
            return 0
        return len(session.scalars(delete(table).where(key.in_(keys), *still).returning(key)).all())
