"""A signer says where they live: at once after signing, or later on their private page.

Who has just signed with a ZIP that does not tell is asked: for the county or the town by name, for
the street, or for another ZIP where nobody lives in theirs. Whoever is asked by the link of
questions.py is told alike what is wrong, be it a signature, answers that wait to be confirmed, or a
robot's.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask_babel import gettext
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.errors import TokenExpired, TokenRefused
from petition.extensions import transaction
from petition.models import LedgerEntry, Person, Signature, SignatureState, UsedChallenge
from petition.models.home import read_home, write_home
from petition.models.states import LIVE
from petition.sealing import read_text
from petition.signing.answers import FindPlace, read_address
from petition.signing.carried import hold_letters
from petition.signing.challenges import use_challenge
from petition.signing.questions import GOOD_FOR, Question, read_question
from petition.signing.tokens import Purpose, read_token
from petition.trail import record

# Whose address is checked for someone who is not to be told apart from a first signer.
NOBODY = Person("", "", "", "", "", "", "", "")


def answer_question(
    token: str,
    form: Mapping[str, str],
    find_place: FindPlace,
    street_optional: bool = False,
) -> str:
    """Store the address that was asked for, and return its ZIP; it is located with it.

    - Once, and not after the mailbox's owner has acted: whoever filled the form may be another. One
      that was counted meanwhile, or that ended, is left as it is.
    - For a robot nothing is stored; what is wrong with the address is told all the same, or the
      answer would tell it apart. So is the same ZIP taken, whatever became of the signature.
    - Raises InvalidInput, TokenRefused or TokenExpired.
    """
    question = read_question(token)
    whose = replace(NOBODY, postal_code=question.postal_code)
    optional = street_optional
    values = read_address(form, find_place, whose, same_place=True, street_optional=optional)
    with transaction() as session:
        signature = _take_question(session, token, question)
        if signature is not None and signature.person is not None:
            given = read_address(
                form, find_place, signature.person, same_place=True, street_optional=optional
            )
            _move(session, signature, signature.person, given)
            _locate_anew(session, signature, "signature.address_given")
    return values["postal_code"]


def answer_by_name(token: str, layer: str, geoid: str, region: str) -> str:
    """Store the district that the signer lives in by their own word; return all they have named.

    - The caller has seen that it is one of those in question. ``region``: its state's abbreviation,
      which of a ZIP code in two states is then the signer's.
    - Once, as ``answer_question``; raises as it does.
    """
    question = read_question(token)
    with transaction() as session:
        signature = _take_question(session, token, question)
        if signature is not None and signature.person is not None:
            _name_home(session, signature, signature.person, {layer: geoid}, region)
    return write_home(read_home(question.home) | {layer: geoid})


def name_home(token: str, layer: str, geoid: str, region: str) -> None:
    """Store the same from the private page of a signature in review; raises TokenRefused."""
    signature_id = read_token(token, Purpose.STATUS)
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.person is None:
            raise _refuse_gone()
        if signature.state == SignatureState.REVIEW:
            _name_home(session, signature, signature.person, {layer: geoid}, region)


def correct_address(
    token: str, form: Mapping[str, str], find_place: FindPlace, street_optional: bool = False
) -> None:
    """Store another address from the signer's private page; raises InvalidInput, TokenRefused."""
    signature_id = read_token(token, Purpose.STATUS)
    give_address(signature_id, form, find_place, street_optional)


def give_address(
    signature_id: int,
    form: Mapping[str, str],
    find_place: FindPlace,
    street_optional: bool = False,
) -> None:
    """Replace the address of a live signature, and have it located anew; raises as above.

    - One that was counted stays in the count where it was until it is counted where it lies now,
      or waits for that (petition/geography/moving.py).
    """
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.state not in LIVE or signature.person is None:
            raise _refuse_gone()
        # Who is asked for the street only has not moved; who corrects an address may have.
        in_review = signature.state == SignatureState.REVIEW
        values = read_address(
            form,
            find_place,
            signature.person,
            same_place=in_review,
            street_optional=street_optional,
        )
        counted = was_counted(session, signature)
        _move(session, signature, signature.person, values)
        if signature.state == SignatureState.PENDING:
            return
        signature.moved |= counted
        _locate_anew(session, signature, "signature.address_given")


def _take_question(session: Session, token: str, question: Question) -> Signature | None:
    """Use the link up; return whom it asks, None for one that is to be left as it is.

    - That is one that was counted, or that ended, and nobody's.
    - Raises TokenExpired where it was answered, or the mailbox's owner has acted since it was made.
    """
    used = sha256(b"question" + read_text(token)).digest()
    if not question.signature_id:
        _use_up(session, used)
        return None
    signature = session.get(Signature, question.signature_id, with_for_update=True)
    acted_at = signature.proved_at if signature is not None else None
    if acted_at is not None and acted_at > question.at:
        raise _refuse_answered()
    _use_up(session, used)
    if signature is None or signature.state not in LIVE or signature.person is None:
        return None
    return None if was_counted(session, signature) else signature


def _move(session: Session, signature: Signature, who: Person, values: Mapping[str, Any]) -> None:
    if values["locality"] != who.locality:  # a letter prints it
        hold_letters(session, signature)
        signature.amended_at = utcnow()
    home = who.home if values["postal_code"] == who.postal_code else ""
    signature.person = replace(who, **values, home=home)


def _name_home(
    session: Session, signature: Signature, who: Person, named: dict[str, str], region: str
) -> None:
    home = write_home(read_home(who.home) | named)
    signature.person = replace(who, home=home, region=region)
    _locate_anew(session, signature, "signature.home_named")


def _locate_anew(session: Session, signature: Signature, action: str) -> None:
    """Have it located with what is known now; what is not confirmed yet waits for that first."""
    if signature.state == SignatureState.PENDING:
        return
    signature.relocated |= signature.state == SignatureState.COUNTED
    if signature.state == SignatureState.LOCATED:
        signature.waits_until = None  # what was settled was another place
    signature.state = SignatureState.CONFIRMED
    signature.due_at = utcnow()
    signature.tries += 1  # no worker of an earlier try may still write
    record(session, action, "signature", signature.id, actor="signer")


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
        gettext("This was answered already, and it is kept. To change it, use your private page.")
    )


def _refuse_gone() -> TokenRefused:
    return TokenRefused(gettext("This signature is no longer there."))
