"""Erase signatures that ended, or that are abandoned in review, as their signers could do.

A signer whose signature was wrongly rejected has no link to erase it, and the owner of an address
that was never confirmed may not have signed at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, exists, func, select

from petition.core.extensions import db
from petition.models import Campaign, LedgerEntry, LegalHold, Mail, Signature, SignatureState
from petition.models.signatures.signature import UNCOUNTED
from petition.retention.data_kind import PastData
from petition.signers.erasure import erase_many

ACTOR = "retention"


def count_past_ended(before: datetime, state: SignatureState) -> PastData:
    """Return how many signatures in ``state`` ended before ``before`` and still hold data."""
    return _look(_ended(state, before), Signature.ended_at)


def erase_ended(before: datetime, limit: int, state: SignatureState) -> int:
    """Erase up to ``limit`` signatures in ``state`` that ended before ``before``."""
    return _erase(_ended(state, before), limit)


def count_past_review(before: datetime) -> PastData:
    """Return how many signatures in review have had no event or mail since ``before``."""
    return _look(_unheard(before), Signature.created_at)


def erase_review(before: datetime, limit: int) -> int:
    """Erase up to ``limit`` signatures in review without event or mail since ``before``."""
    return _erase(_unheard(before), limit)


def _ended(state: SignatureState, before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    # Not those that are still to be removed from a count (``due_at``).
    return (
        Signature.state == state,
        Signature.ended_at < before,
        Signature.due_at.is_(None),
        UNCOUNTED,
        LegalHold.spares(Signature.campaign_id),
    )


def _unheard(before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return the conditions for signatures in review, never counted and unchanged since ``before``.

    - Who waits for having moved counts by itself later, and who was ever counted may come back.
    - Whatever is done with a signature, by whomever, is in ``touched_at``, or a mail.
    """
    whose = LedgerEntry.signature_id == Signature.id
    # In two halves with an index each, as in LedgerEntry.of.
    counted = exists().where(whose, LedgerEntry.left_at.is_(None))
    left = exists().where(whose, LedgerEntry.left_at.is_not(None))
    mailed = exists().where(Mail.signature_id == Signature.id, Mail.created_at >= before)
    return (
        Signature.state == SignatureState.REVIEW,
        Signature.created_at < before,
        func.coalesce(Signature.confirmed_at, Signature.created_at) < before,
        Signature.waits_until.is_(None),
        UNCOUNTED,
        ~counted,
        ~left,
        func.coalesce(Signature.touched_at, Signature.created_at) < before,
        ~mailed,
        LegalHold.spares(Signature.campaign_id),
    )


def _look(which: Sequence[ColumnElement[bool] | TextClause], since: Any) -> PastData:
    # By campaign, since the index of uncounted signatures starts with it.
    query = select(func.count(), func.min(since)).where(
        Signature.campaign_id.in_(select(Campaign.id)), *which
    )
    count, oldest = db.session.execute(query).one()
    return PastData(count, oldest)


def _erase(which: Sequence[ColumnElement[bool] | TextClause], limit: int) -> int:
    found: list[int] = []
    for campaign_id in db.session.scalars(select(Campaign.id)).all():
        past = select(Signature.id).where(Signature.campaign_id == campaign_id, *which)
        found += db.session.scalars(past.limit(limit - len(found))).all()
        if len(found) >= limit:
            break
    db.session.rollback()
    return erase_many(frozenset(found), which, ACTOR)
