"""Stores where a signer lives: as answered right after signing, or on the private page.

- A signer whose ZIP does not determine the districts is asked: for the county or the town by name,
  for the street, or for another ZIP if theirs has no residents.
- An answer by the link of location_questions.py reports the same errors and writes the same rows
  for a signature, for unconfirmed answers, and for a robot's, so that it does not reveal which.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import TokenExpired, TokenRefused
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.sealing import read_text
from petition.core.wakes import wake_after_commit
from petition.models import LedgerEntry, Person, Signature, SignatureState
from petition.models.signatures.home import read_home, write_home
from petition.models.states import LIVE
from petition.signers.letters_with_signer import hold_letters
from petition.signers.signer_problems import SignerProblem
from petition.signing.challenges import use_challenge
from petition.signing.form import ADDRESS, FindPlace, read_address
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.location_questions import GOOD_FOR, Question, end_questions, read_question
from petition.transitions.signature_changes import change_signature

# In place of the stored person when an answer is checked: errors must not depend on the row.
NOBODY = Person("", "", "", "", "", "", "", "")


def answer_question(
    token: str,
    form: Mapping[str, str],
    find_place: FindPlace,
    street_optional: bool = False,
) -> str:
    """Store the address that was asked for, by which the signer is located; return its ZIP.

    - Only once, and not after the mailbox's owner has acted: the person who filled the form may be
      somebody else. A signature that was counted or has ended is unchanged, and so is a robot's.
    - The address is checked before the row is read, so that errors do not depend on the row.
    - Raises InvalidInput, TokenRefused or TokenExpired.
    """
    question = read_question(token)
    whose = replace(NOBODY, postal_code=question.postal_code)
    values = read_address(form, find_place, whose, same_place=True, street_optional=street_optional)
    with transaction() as session:
        signature = _take_question(session, token, question)
        if signature is not None:
            who = _find_asked_person(session, signature)
            if who is not None:
                _give(session, signature, who, values | _keep_untyped(who, values, form))
            _record_answer(session, signature, "signature.address_given", who is not None)
    return values["postal_code"]


def answer_by_name(token: str, layer: str, geoid: str, region: str) -> str:
    """Store the district that the signer names as theirs; return all that they have named.

    - The caller has checked that it is one of those in question. ``region``: its state's
      abbreviation, which replaces the signer's (a ZIP may lie in two states); if empty, as when
      they live in no district, the signer's is unchanged.
    - Only once, as ``answer_question``; raises as it does.
    """
    question = read_question(token)
    with transaction() as session:
        signature = _take_question(session, token, question)
        if signature is not None:
            who = _find_asked_person(session, signature)
            if who is not None:
                _name_home(session, signature, who, {layer: geoid}, region)
            _record_answer(session, signature, "signature.home_named", who is not None)
    return write_home(read_home(question.home) | {layer: geoid})


def name_home(token: str, layer: str, geoid: str, region: str) -> None:
    """Store the same for a signature in review, from its private page; raises TokenRefused."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        end_questions(session, signature_id)
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.person is None:
            raise _refuse_gone()
        if signature.state == SignatureState.REVIEW:
            _name_home(session, signature, signature.person, {layer: geoid}, region)
            signature.answered_at = utcnow()
            record(session, "signature.home_named", "signature", signature.id, actor="signer")


def correct_address(
    token: str, form: Mapping[str, str], find_place: FindPlace, street_optional: bool = False
) -> None:
    """Store another address from the signer's private page; raises InvalidInput, TokenRefused."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    give_address(signature_id, form, find_place, street_optional)


def give_address(
    signature_id: int,
    form: Mapping[str, str],
    find_place: FindPlace,
    street_optional: bool = False,
) -> None:
    """Replace the address of a live signature, which is located again; raises as above.

    - A counted signature remains in the count of its districts until it is counted in the new ones,
      or waits for that (petition/locating/repeat_movers.py).
    """

    def read(session: Session, lock: bool) -> tuple[Signature, Person, dict[str, str]]:
        signature = session.get(Signature, signature_id, with_for_update=lock or None)
        if signature is None or signature.state not in LIVE or signature.person is None:
            raise _refuse_gone()
        # A signer in review, who is asked for the street, has not moved; others may have.
        in_review = signature.state == SignatureState.REVIEW
        values = read_address(
            form,
            find_place,
            signature.person,
            same_place=in_review,
            street_optional=street_optional,
        )
        return signature, signature.person, values

    with transaction() as session:
        read(session, lock=False)  # an address that is refused writes nothing
    with transaction() as session:
        end_questions(session, signature_id)
        signature, person, values = read(session, lock=True)
        counted = was_counted(session, signature)
        if values["locality"] != person.locality:  # a letter prints it
            hold_letters(session, signature)
        _give(session, signature, person, values)
        if signature.state == SignatureState.PENDING:
            return
        signature.moved |= counted
        signature.answered_at = utcnow()
        record(session, "signature.address_given", "signature", signature.id, actor="signer")


def _take_question(session: Session, token: str, question: Question) -> Signature | None:
    """Return the row of a question, and mark the question as answered; None if it has no row.

    - Locating is woken in each case, so that the time does not reveal which it is.
    - Raises TokenExpired if it was answered, or the mailbox's owner has acted since.
    """
    wake_after_commit(session, Stage.LOCATE)
    whom = question.whom
    if not whom.signature_id:
        used = sha256(b"question" + read_text(token)).digest()
        if not use_challenge(session.connection(), used, utcnow() + GOOD_FOR):
            raise _refuse_answered()
        return None
    signature = session.get(Signature, whom.signature_id, with_for_update=True)
    if signature is None or not whom.fits(signature):
        raise _refuse_answered()
    signature.question_number += 1
    signature.answered_at = utcnow()
    return signature


def _find_asked_person(session: Session, signature: Signature) -> Person | None:
    """Return the person of the row; None if it must not be changed: it is counted or has ended."""
    with session.no_autoflush:  # so that every row is written by one UPDATE
        counted = was_counted(session, signature)
    return None if counted or signature.state not in LIVE else signature.person


def _record_answer(session: Session, signature: Signature, action: str, taken: bool) -> None:
    detail = {"taken": taken}
    record(session, action, "signature", signature.id, actor="signer", detail=detail)


def _keep_untyped(
    who: Person, values: Mapping[str, str], form: Mapping[str, str]
) -> dict[str, str]:
    """Return the fields that keep their values: those not in the form, if the ZIP is the same."""
    if values["postal_code"] != who.postal_code:
        return {}
    before = {name: getattr(who, name) for name in ADDRESS if name not in form}
    return {name: value for name, value in before.items() if value}


def _give(session: Session, signature: Signature, who: Person, values: Mapping[str, Any]) -> None:
    if values["locality"] != who.locality:
        signature.amended_at = utcnow()
    home = who.home if values["postal_code"] == who.postal_code else ""
    signature.person = replace(who, **values, home=home)
    _locate_anew(session, signature)


def _name_home(
    session: Session, signature: Signature, who: Person, named: dict[str, str], region: str
) -> None:
    home = write_home(read_home(who.home) | named)
    signature.person = replace(who, home=home, region=region or who.region)
    _locate_anew(session, signature)


def _locate_anew(session: Session, signature: Signature) -> None:
    """Make it due to be located again; an unconfirmed one is located once it is confirmed."""
    if signature.state == SignatureState.PENDING:
        return
    if signature.state == SignatureState.LOCATED:
        signature.waits_until = None  # it belongs to the previous address
    change_signature(session, signature, SignatureState.CONFIRMED, utcnow())


def was_counted(session: Session, signature: Signature) -> bool:
    """Return whether a signature is counted, or was before it went to review."""
    if signature.state == SignatureState.PENDING:
        return False
    rows = exists().where(LedgerEntry.of(signature.id))
    return signature.state == SignatureState.COUNTED or bool(session.scalar(select(rows)))


def _refuse_answered() -> TokenExpired:
    return TokenExpired(SignerProblem.QUESTION_ANSWERED)


def _refuse_gone() -> TokenRefused:
    return TokenRefused(SignerProblem.SIGNATURE_GONE)
