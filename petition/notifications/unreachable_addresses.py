"""Marks addresses as unreachable after bounces and refusals: nothing more is sent there.

- One that was never confirmed stays pending and expires: it never counts.
- One that was confirmed stays counted: its signer was reached when it mattered, and people change
  their address without taking their word back.
- Where it is in doubt whether a refusal is of the mailbox, a second one some days later decides.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import Mail, Signature
from petition.models.signatures.signature import LONGEST_CAUSE
from petition.signing.link_tokens import LinkPurpose, read_token

# A host that refuses us by mistake is corrected, or a blocklist drops us, sooner than that.
DOUBT = timedelta(days=3)


def mark_doubted(session: Session, signature_id: int, code: str, at: datetime) -> None:
    """Record that mail to a signature was returned, for a reason that may not be the mailbox.

    - The address is unreachable at the second such time, ``DOUBT`` or more after the first; the
      first is discarded if the signer has shown in between that mail arrives.
    - The caller commits, and calls this once for each returned mail.
    """
    row = session.execute(
        select(Signature.doubted_at, Signature.proved_at)
        .where(Signature.id == signature_id, Signature.person.is_not(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        return
    proved = row.doubted_at and row.proved_at and row.doubted_at < row.proved_at < at
    if row.doubted_at is None or proved:
        first = at
    elif abs(at - row.doubted_at) >= DOUBT:
        mark_unreachable(session, signature_id, code)
        return
    else:
        first = min(at, row.doubted_at)
    session.execute(update(Signature).where(Signature.id == signature_id).values(doubted_at=first))


def mark_unreachable(session: Session, signature_id: int, code: str) -> None:
    """Mark the address of a signature as unreachable. The caller commits."""
    now = utcnow()
    changed = session.scalar(
        update(Signature)
        .where(
            Signature.id == signature_id,
            Signature.unreachable_at.is_(None),
            Signature.person.is_not(None),
        )
        .values(unreachable_at=now, unreachable_cause=code[:LONGEST_CAUSE])
        .returning(Signature.id)
    )
    if changed is None:
        return
    session.execute(
        update(Mail)
        .where(Mail.signature_id == signature_id, Mail.due_at.is_not(None))
        .values(due_at=None)
    )
    wake_after_commit(session, Stage.CONSENTS)
    record(session, "signature.unreachable", "signature", signature_id, detail={"code": code})


def mark_reachable(token: str) -> None:
    """Mark an address as reachable again, as the holder of the private link says."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        changed = session.scalar(
            update(Signature)
            .where(Signature.id == signature_id, Signature.unreachable_at.is_not(None))
            .values(unreachable_at=None, doubted_at=None)
            .returning(Signature.id)
        )
        if changed is not None:
            wake_after_commit(session, Stage.CONSENTS)
            record(session, "signature.reachable", "signature", signature_id, actor="signer")
