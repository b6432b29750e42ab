"""The signatures of a mailbox in a campaign: one, or two for people who share it."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.sealing import get_sealer
from petition.journals.marks import make_mark
from petition.models import Consent, Signature, SignatureState
from petition.models.signatures.person import skip_broken
from petition.models.signatures.signature import SEATS
from petition.signers.erasure_log import Decision, write_down
from petition.signers.letters_with_signer import is_named
from petition.signers.replies import withdraw_replies
from petition.transitions.signature_changes import change_signature

ADD = "add"
REPLACE = "replace"
PURPOSE = "signature.seat"
KEY_BYTES = 8


@dataclass(frozen=True, slots=True)
class SeatStatus:
    """A signature of the mailbox, as shown to its owner for the choice.

    - ``key``: identifies it in the choice. ``named``: a letter that was tried names the signer.
    """

    key: str
    name: str
    locality: str
    named: bool


def list_standing(session: Session, signature: Signature) -> list[SeatStatus]:
    """Return the signatures of the mailbox of these unconfirmed answers, in order of seat."""
    return [
        SeatStatus(
            key=_make_key(signature.id, other.id),
            name=person.name if person else "",
            locality=person.locality if person else "",
            named=is_named(session, other.id),
        )
        for other in session.scalars(_select_standing(signature))
        for person in [skip_broken(other.person)]
    ]


def take_seat(session: Session, signature: Signature, choice: str, now: datetime) -> int | None:
    """Return the seat for answers that are being confirmed; None if a valid choice is missing.

    - ``choice``: ``add`` returns the free seat, for a second person; ``replace``, with the key of a
      signature if there are two, withdraws that one and returns its seat.
    - The choice is checked against the current signatures: of two concurrent ones one succeeds, by
      these locks or finally by ``uq_signatures_one_live``.
    """
    standing = session.scalars(_select_standing(signature).with_for_update()).all()
    if not standing:
        return SEATS[0]
    if choice == ADD:
        taken = {other.seat for other in standing}
        free = next((seat for seat in SEATS if seat not in taken), None)
        if free is not None:
            detail = {"seat": free}
            record(
                session, "signature.added", "signature", signature.id, actor="signer", detail=detail
            )
        return free
    verb, _, key = choice.partition("-")
    if verb != REPLACE or (not key and len(standing) > 1):
        return None
    typed = key.encode(errors="replace")
    for other in standing:
        if not key or compare_digest(typed, _make_key(signature.id, other.id).encode()):
            _replace(session, other, signature.id, now)
            return other.seat
    return None


def _replace(session: Session, other: Signature, by: int, now: datetime) -> None:
    """Withdraw a signature that its mailbox's owner replaces; a restore does not undo it."""
    change_signature(session, other, SignatureState.WITHDRAWN, now, due_at=now)
    session.flush()  # before another takes the seat
    session.execute(
        update(Consent)
        .where(Consent.signature_id == other.id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    withdraw_replies(session, [other.id])
    detail = {"replaced_by": by}
    record(session, "signature.withdrawn", "signature", other.id, actor="signer", detail=detail)
    mark = make_mark(other.id, other.email_digest, other.created_at)
    write_down(Decision.WITHDRAWN, other.id, mark)


def _select_standing(signature: Signature) -> Select[Signature]:
    return (
        select(Signature)
        .where(
            Signature.campaign_id == signature.campaign_id,
            Signature.email_digest == signature.email_digest,
            Signature.ended_at.is_(None),
            Signature.seat.is_not(None),
        )
        .order_by(Signature.seat)
        .execution_options(populate_existing=True)
    )


def _make_key(mine: int, other: int) -> str:
    """Return a key for ``other`` that reveals nothing, and is valid for these answers only."""
    return get_sealer().digest(f"{mine}|{other}", PURPOSE)[:KEY_BYTES].hex()
