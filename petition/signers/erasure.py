"""Erases many signatures at once, each with the same result as in withdraw.py."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.journals.marks import make_mark
from petition.models import LedgerEntry, Signature, SignatureState
from petition.signers.erasure_log import Decision, write_down_all
from petition.signers.named_record import keep_named
from petition.signers.withdraw import ERASED_VALUES, erase_beside, forget_address, forget_mails
from petition.transitions.signature_changes import ERASABLE, change_signatures


def erase_many(
    signature_ids: Collection[int],
    still: Sequence[ColumnElement[bool] | TextClause],
    actor: str,
) -> int:
    """Erase the signatures for which ``still`` holds, in one transaction; return how many.

    - Signatures that have changed or are locked by another transaction are left for the next run.
    - Mails that are kept as files are deleted first, and the journal is written before the commit.
    """
    if not signature_ids:
        return 0
    forget_mails(signature_ids)
    now = utcnow()
    with transaction() as session:
        rows = session.execute(
            select(
                Signature.id,
                Signature.campaign_id,
                Signature.email_digest,
                Signature.created_at,
                Signature.person,
            )
            .where(Signature.id.in_(signature_ids), *still)
            .order_by(Signature.id)
            .with_for_update(skip_locked=True, of=Signature)
        ).all()
        ids = [row.id for row in rows]
        marks = {row.id: make_mark(row.id, row.email_digest, row.created_at) for row in rows}
        write_down_all(Decision.ERASED, marks)
        _keep_named(session, ids, now)
        change_signatures(
            session,
            SignatureState.ERASED,
            ERASABLE,
            Signature.id.in_(ids),
            now=now,
            action="signature.erased",
            actor=actor,
            due_at=now,
            **ERASED_VALUES,
        )
        erase_beside(session, ids)
        for row in rows:
            forget_address(session, row.person, row.email_digest)
    return len(ids)


def _keep_named(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Call keep_named for those that were counted; only they may be named in a letter."""
    for left in (LedgerEntry.left_at.is_(None), LedgerEntry.left_at.is_not(None)):
        counted = select(LedgerEntry.signature_id).where(LedgerEntry.signature_id.in_(ids), left)
        for signature_id in sorted(set(session.scalars(counted))):
            keep_named(session, signature_id, now)
