"""Addresses that mail comes back from: nothing more is sent there.

- One that was never confirmed stays pending and expires: it never counts.
- One that was confirmed stays counted: its signer was reached when it mattered, and people change
  their address without taking their word back.
"""

from collections.abc import Iterable

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.extensions import transaction
from petition.mail.blame import status_blames_recipient
from petition.models import Mail, Signature
from petition.signing.mails.message_ids import read_message_id
from petition.signing.tokens import Purpose, read_token
from petition.trail import record


def note_bounce(message_ids: Iterable[str], status: str | None) -> int | None:
    """Return the signature whose mail came back; None where none of the ids is of one.

    - Its address is unreachable from now on, unless ``status`` (RFC 3463) speaks of something else.
    - A second bounce changes nothing.
    """
    found = next((id for text in message_ids if (id := read_message_id(text)) is not None), None)
    if found is not None and status_blames_recipient(status):
        with transaction() as session:
            mark_unreachable(session, found, status or "bounced")
    return found


def mark_unreachable(session: Session, signature_id: int, code: str) -> None:
    """Send nothing more to the address of a signature; whoever calls commits."""
    now = utcnow()
    changed = session.scalar(
        update(Signature)
        .where(
            Signature.id == signature_id,
            Signature.unreachable_at.is_(None),
            Signature.person.is_not(None),
        )
        .values(unreachable_at=now)
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return
    session.execute(
        update(Mail)
        .where(Mail.signature_id == signature_id, Mail.due_at.is_not(None))
        .values(due_at=None)
        .execution_options(synchronize_session=False)
    )
    record(session, "signature.unreachable", "signature", signature_id, detail={"code": code})


def mark_reachable(token: str) -> None:
    """Believe the signer of a private link that their address takes mail again."""
    signature_id = read_token(token, Purpose.STATUS)
    with transaction() as session:
        changed = session.scalar(
            update(Signature)
            .where(Signature.id == signature_id, Signature.unreachable_at.is_not(None))
            .values(unreachable_at=None)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        )
        if changed is not None:
            record(session, "signature.reachable", "signature", signature_id, actor="signer")
