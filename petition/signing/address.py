"""A signer gives a better address: at once after signing, or later on their private page.

Who has just signed with a ZIP that lies in several districts is asked for the street. The link that
asks must tell nobody whether the person had signed before, so it is sealed: of one length, and the
same to look at for a signature, for answers that wait to be confirmed, and for a robot's.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from flask_babel import gettext
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.errors import ConfigurationError, TokenExpired, TokenRefused
from petition.extensions import transaction
from petition.models import LedgerEntry, Person, Signature, SignatureState, UsedChallenge
from petition.models.states import LIVE
from petition.sealing import get_sealer, read_text, write_text
from petition.signing.answers import FindPlace, read_address
from petition.signing.carried import hold_letters
from petition.signing.challenges import use_challenge
from petition.signing.tokens import Purpose, read_token, refuse_link
from petition.trail import record

PURPOSE = "signature.address"
# Signature, campaign, moment, ZIP.
LAYOUT = struct.Struct(">QQd5s")
GOOD_FOR = timedelta(hours=2)
# Whose address is checked for someone who is not to be told apart from a first signer.
NOBODY = Person("", "", "", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Question:
    """Whom the link asks for an address; ``signature_id`` 0 for one that is not to be changed."""

    signature_id: int
    campaign_id: int
    postal_code: str


def make_question(signature_id: int | None, campaign_id: int, postal_code: str) -> str:
    """Return the token of the page that asks this signer for their street."""
    packed = LAYOUT.pack(
        signature_id or 0, campaign_id, utcnow().timestamp(), postal_code.encode()[:5]
    )
    sealed = get_sealer().seal(packed, PURPOSE)
    return write_text(sealed)


def read_question(token: str) -> Question:
    """Return whom the token asks; raises TokenRefused or TokenExpired."""
    try:
        packed = get_sealer().open(read_text(token), PURPOSE)
        signature_id, campaign_id, at, code = LAYOUT.unpack(packed)
    except (ValueError, struct.error, ConfigurationError):
        raise refuse_link() from None
    if utcnow().timestamp() > at + GOOD_FOR.total_seconds():
        raise TokenExpired(
            gettext(
                "This page has expired. Your signature is kept; if we mailed you its private link, "
                "add your street there."
            )
        )
    return Question(signature_id, campaign_id, code.decode())


def answer_question(token: str, form: Mapping[str, str], find_place: FindPlace) -> None:
    """Store the address that was asked for; the signature is located with it.

    - Once, and not after the mailbox's owner has acted: whoever filled the form may be another. One
      that was counted meanwhile, or that ended, is left as it is.
    - For a robot nothing is stored; what is wrong with the address is told all the same, or the
      answer would tell it apart. So is the same ZIP taken, whatever became of the signature.
    - Raises InvalidInput, TokenRefused or TokenExpired.
    """
    question = read_question(token)
    used = sha256(b"question" + read_text(token)).digest()
    whose = replace(NOBODY, postal_code=question.postal_code)
    read_address(form, find_place, whose, same_place=True)
    if question.signature_id:
        give_address(question.signature_id, form, find_place, used=used)
        return
    with transaction() as session:
        _use_up(session, used)


def correct_address(token: str, form: Mapping[str, str], find_place: FindPlace) -> None:
    """Store another address from the signer's private page; raises InvalidInput, TokenRefused."""
    give_address(read_token(token, Purpose.STATUS), form, find_place)


def give_address(
    signature_id: int, form: Mapping[str, str], find_place: FindPlace, *, used: bytes | None = None
) -> None:
    """Replace the address of a live signature, and have it located anew.

    - One that was counted stays in the count where it was until it is counted where it lies now,
      or waits for that (petition/geography/moving.py).
    - ``used``: who has just signed answers the question for the street, which is known by this once
      it is used up. One that was counted, or that ended, is left as it is.
    """
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if used is not None:
            if signature is not None and signature.proved_at is not None:
                raise _refuse_answered()
            _use_up(session, used)
        if signature is None or signature.state not in LIVE or signature.person is None:
            if used is not None:
                return
            raise TokenRefused(gettext("This signature is no longer there."))
        counted = was_counted(session, signature)
        if used is not None and counted:
            return
        # Who is asked for the street only has not moved; who corrects an address may have.
        in_review = signature.state == SignatureState.REVIEW
        same_place = in_review or used is not None
        values = read_address(form, find_place, signature.person, same_place=same_place)
        if values["locality"] != signature.person.locality:  # a letter prints it
            hold_letters(session, signature)
            signature.amended_at = utcnow()
        signature.person = replace(signature.person, **values)
        if signature.state == SignatureState.PENDING:
            return
        signature.moved |= counted
        signature.relocated |= signature.state == SignatureState.COUNTED
        if signature.state == SignatureState.LOCATED:
            signature.waits_until = None  # what was settled was another place
        signature.state = SignatureState.CONFIRMED
        signature.due_at = utcnow()
        signature.tries += 1  # no worker of an earlier try may still write
        record(session, "signature.address_given", "signature", signature.id, actor="signer")


def was_counted(session: Session, signature: Signature) -> bool:
    """Return whether a signature is counted, or was before it went to review."""
    if signature.state == SignatureState.PENDING:
        return False
    rows = exists().where(LedgerEntry.of(signature.id))
    return signature.state == SignatureState.COUNTED or bool(session.scalar(select(rows)))


def _use_up(session: Session, used: bytes) -> None:
    before = select(UsedChallenge.digest).where(UsedChallenge.digest == used)
    if session.scalar(before) is not None:
        raise _refuse_answered()
    if not use_challenge(session.connection(), used, utcnow() + GOOD_FOR):  # just now
        raise _refuse_answered()


def _refuse_answered() -> TokenExpired:
    return TokenExpired(
        gettext(
            "This street was given already, and it is kept. To change it, use your private page."
        )
    )
