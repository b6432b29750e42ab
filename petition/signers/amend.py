"""Amend: a signer corrects their name or comment until a letter that names them is sealed.

The letter prints the corrected text: one that was not tried yet is rendered again
(petition/delivery/freshness.py), since ``amended_at`` is later than it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem, TokenRefused
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.sealing import get_sealer
from petition.core.wakes import wake_after_commit
from petition.models import Campaign, Person, Signature
from petition.models.signatures.signature import MOST_NAME_CHANGES
from petition.models.states import LIVE
from petition.signers.comment_changes import judge_again
from petition.signers.letters_with_signer import hold_letters, is_named
from petition.signers.signer_problems import SignerProblem
from petition.signing.form import read_name_and_words
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.prepared_message import is_prepared

MARK_DIGITS = 16


class NameChanged(Exception):
    """The name is not the one that was to be corrected. It says nothing of the present name."""


@dataclass(frozen=True, slots=True)
class Amendable:
    """What may still be corrected; ``name_changes_left``: how often the name may be changed.

    - ``name``, ``locality``: as a letter prints them.
    """

    given_name: str
    family_name: str
    comment: str
    name_changes_left: int
    name: str
    locality: str


def find_amendable(signature_id: int) -> Amendable | None:
    """Return what the signer may correct; None if it has ended or a letter with it is sealed."""
    session = db.session()
    signature = session.get(Signature, signature_id)
    if signature is None or signature.state not in LIVE or signature.person is None:
        return None
    if is_named(session, signature_id):
        return None
    return Amendable(
        given_name=signature.person.given_name,
        family_name=signature.person.family_name,
        comment=signature.person.comment,
        name_changes_left=MOST_NAME_CHANGES - signature.name_changes,
        name=signature.person.name,
        locality=signature.person.locality,
    )


def mark_name(signature_id: int, name: str) -> str:
    """Return what a form says of the name that it showed: 16 hexadecimal digits of a keyed hash.

    - That of another signature with the same name differs.
    """
    digest = get_sealer().digest(f"{signature_id} {name}", "signature.seen-name")
    return digest.hex()[:MARK_DIGITS]


def amend(token: str, form: Mapping[str, str]) -> None:
    """Correct the name and the comment of a private link's signature.

    - ``form``: ``given_name``, ``family_name``, ``comment``; a missing one is unchanged.
    - Raises TokenRefused, or InvalidInput: also if a letter that names the signer is sealed, or the
      name was changed three times.
    """
    amend_signature(read_token(token, LinkPurpose.STATUS), form)


def amend_signature(
    signature_id: int,
    form: Mapping[str, str],
    seen: str | None = None,
    *,
    actor: str = "signer",
    why: str | None = None,
) -> None:
    """Correct the name and the comment of one signature, for its signer or as staff.

    - ``seen``: the mark of the name that is to be corrected (``mark_name``); if the name is a
      different one by now, NameChanged is raised. ``why``: of staff, for the log; only a signer's
      changes of name are limited.
    - Raises as ``amend`` does.
    """
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.state not in LIVE or signature.person is None:
            raise TokenRefused(SignerProblem.SIGNATURE_GONE)
        hold_letters(session, signature)
        if is_named(session, signature_id):
            raise InvalidInput({"given_name": Problem(SignerProblem.LETTER_GONE)})
        before = signature.person
        if seen is not None and seen != mark_name(signature_id, before.name):
            raise NameChanged
        values: dict[str, Any] = {**read_name_and_words(form, before)}
        after = replace(before, **values)
        campaign = session.get_one(Campaign, signature.campaign_id)
        if is_prepared(after.comment, campaign.message):
            after = replace(after, comment="")  # not the signer's own words
        if after == before:
            return
        detail = {
            "name": _rename(signature, before, after, is_limited=why is None),
            "words": _reword(session, signature, campaign, after),
        }
        signature.person = after
        signature.amended_at = utcnow()
        wake_after_commit(session, Stage.CONSENTS)
        record(
            session,
            "signature.amended",
            "signature",
            signature_id,
            actor=actor,
            detail=detail if why is None else detail | {"why": why},
        )


def _rename(signature: Signature, before: Person, after: Person, *, is_limited: bool) -> bool:
    if (before.given_name, before.family_name) == (after.given_name, after.family_name):
        return False
    if not is_limited:
        return True
    if signature.name_changes >= MOST_NAME_CHANGES:
        raise InvalidInput({"given_name": Problem(SignerProblem.NAME_CHANGED_OFTEN)})
    signature.name_changes += 1
    return True


def _reword(session: Session, signature: Signature, campaign: Campaign, after: Person) -> bool:
    """Apply a changed comment, which is judged like a new one; return whether it was changed."""
    if signature.person is None or signature.person.comment == after.comment:
        return False
    publish = signature.publish_comment and bool(after.comment)
    judge_again(session, signature, campaign.comments, after.comment, publish)
    return True
