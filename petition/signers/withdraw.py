"""Withdraw, erase, unsubscribe: what a signer can do to leave. Each is safe to repeat.

Each is appended to the journal first, so that a restored backup does not undo it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail
from petition.core.clock import utcnow
from petition.core.errors import TokenRefused
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.journals.marks import make_mark
from petition.mail import get_folder
from petition.models import Candidate, Consent, Mail, Signature, SignatureState
from petition.models.signatures.person import Person, skip_broken
from petition.models.states import LIVE
from petition.notifications.mailbox_limits import forget_mailbox
from petition.notifications.message_ids import names_any
from petition.partners.consents.accesses import forget_accesses
from petition.signers.erasure_log import Decision, write_down
from petition.signers.named_record import keep_named
from petition.signers.replies import withdraw_replies
from petition.signers.signer_problems import SignerProblem
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.transitions.signature_changes import ERASABLE, change_signatures

# The values of an erased row.
ERASED_VALUES: Mapping[str, Any] = MappingProxyType(
    {
        "person": None,
        "bound_to": None,
        "email_digest": None,
        "cell": None,
        "networks": None,
        "form_at": None,
        "batch": None,
        "publish_comment": False,
        "comment_state": None,
        "comment_decided_at": None,
        "show_name": False,
        "notify": False,
        "tell_successor": False,
        "moved": False,
        "waits_until": None,
    }
)


def withdraw(token: str) -> None:
    """Withdraw the signature of a status link.

    - It is due now to be removed from the tallies; no letter rendered from now on names it.
    """
    withdraw_signature(read_token(token, LinkPurpose.STATUS))


def withdraw_signature(
    signature_id: int, actor: str = "signer", detail: Detail | None = None
) -> bool:
    """Withdraw one signature; return False if it had ended before.

    - ``detail``: of the event. Raises TokenRefused if there is none with that id.
    """
    _write_down(Decision.WITHDRAWN, signature_id, Signature.state.in_(LIVE))
    with transaction() as session:
        return _end(
            session, signature_id, SignatureState.WITHDRAWN, LIVE, actor, detail, waits_until=None
        )


def erase(token: str) -> None:
    """Erase all data about the signer of a status link.

    - Letters that were tried keep their names, since offices may have received them.
    """
    erase_signature(read_token(token, LinkPurpose.STATUS))


def erase_signature(
    signature_id: int,
    actor: str = "signer",
    decided_at: datetime | None = None,
    detail: Detail | None = None,
) -> bool:
    """Erase one signature's person; raises TokenRefused if there is none with that id.

    - The row remains for the count of sent letters, without personal data: no person, no hash of an
      address, no place but the district, no consent.
    - If a letter named the signer, a keyed hash of the mailbox is kept for 90 days, apart from the
      row; see named_record.py. ``decided_at``: their start, if it was decided before a restore.
    - Mails that are kept as files are deleted first: after a crash in between, erase again.
    - ``detail``: of the event. Returns False if it was erased before.
    """
    forget_mails({signature_id})
    return erase_row(signature_id, actor, decided_at, detail)


def forget_mails(signature_ids: Collection[int]) -> None:
    """Delete the mails to these signatures that are kept as files, in one pass over the folder."""
    get_folder(get_settings()).forget(lambda name: names_any(name, signature_ids))


def erase_row(
    signature_id: int,
    actor: str,
    decided_at: datetime | None = None,
    detail: Detail | None = None,
) -> bool:
    """Erase as ``erase_signature`` does, after ``forget_mails`` was called for it."""
    row = db.session.execute(
        select(Signature.person, Signature.email_digest, Signature.campaign_id).where(
            Signature.id == signature_id
        )
    ).one_or_none()
    _write_down(Decision.ERASED, signature_id, Signature.state.in_(ERASABLE))
    with transaction() as session:
        keep_named(session, signature_id, decided_at or utcnow())
        erased = _end(
            session, signature_id, SignatureState.ERASED, ERASABLE, actor, detail, **ERASED_VALUES
        )
        if erased:
            erase_beside(session, [signature_id])
            if row:
                forget_address(session, row.person, row.email_digest)
        return erased


def unsubscribe(token: str) -> None:
    """Stop all mail to the signer of an unsubscribe link; also for RFC 8058's one-click request."""
    unsubscribe_signature(read_token(token, LinkPurpose.UNSUBSCRIBE))


def has_unsubscribed(token: str) -> bool:
    """Return whether the signer of an unsubscribe link has stopped all mail already."""
    signature_id = read_token(token, LinkPurpose.UNSUBSCRIBE)
    stopped = select(Signature.id).where(
        Signature.id == signature_id, Signature.unsubscribed_at.is_not(None)
    )
    return db.session.scalar(stopped) is not None


def unsubscribe_signature(signature_id: int) -> None:
    """Stop all mail to the signer of one signature."""
    _write_down(Decision.UNSUBSCRIBED, signature_id, Signature.unsubscribed_at.is_(None))
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == signature_id, Signature.unsubscribed_at.is_(None))
            .values(unsubscribed_at=utcnow())
        )


def _end(
    session: Session,
    signature_id: int,
    new: SignatureState,
    of: tuple[SignatureState, ...],
    actor: str,
    detail: Detail | None = None,
    **values: Any,
) -> bool:
    """End a signature, which is due now to leave the count; return False if it had ended before."""
    now = utcnow()
    ended = change_signatures(
        session,
        new,
        of,
        Signature.id == signature_id,
        now=now,
        action=f"signature.{new}",
        actor=actor,
        detail=detail,
        due_at=now,
        **values,
    )
    if not ended and session.get(Signature, signature_id) is None:
        raise TokenRefused(SignerProblem.SIGNATURE_UNKNOWN)
    wake_after_commit(session, Stage.CONSENTS)
    return bool(ended)


def erase_beside(session: Session, signature_ids: Collection[int]) -> None:
    """Erase from other tables: delete candidate districts, cancel mails, withdraw consents.

    - A consent's row remains, withdrawn: it records who could see whom until when. Who took their
      data is forgotten; organizations are told to erase it (``signatures_note_erased``).
    """
    session.execute(delete(Candidate).where(Candidate.signature_id.in_(signature_ids)))
    session.execute(
        update(Mail)
        .where(Mail.signature_id.in_(signature_ids), Mail.due_at.is_not(None))
        .values(due_at=None)
    )
    session.execute(
        update(Consent)
        .where(Consent.signature_id.in_(signature_ids), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=utcnow())
    )
    forget_accesses(session, signature_ids)
    withdraw_replies(session, signature_ids)


def _write_down(decision: Decision, signature_id: int, still: ColumnElement[bool]) -> None:
    """Append a decision to the journal, unless it was carried out already."""
    row = db.session.execute(
        select(Signature.email_digest, Signature.created_at).where(
            Signature.id == signature_id, still
        )
    ).one_or_none()
    if row is not None:
        mark = make_mark(signature_id, row.email_digest, row.created_at)
        write_down(decision, signature_id, mark)


def forget_address(session: Session, person: Person | None, digest: bytes | None) -> None:
    """Delete when a mailbox was mailed, and its requests for a link, if ``person`` can be read."""
    person = skip_broken(person)
    if person is None:
        return
    forget_mailbox(session, person.email, digest)
