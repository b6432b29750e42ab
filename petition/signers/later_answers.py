"""Stores the answers that a signer gives on the page after signing, each by itself.

They change the row that was just stored, whichever it is: a signature, unconfirmed answers of an
address that had signed before, or a robot's. So a stranger who types somebody's address changes
nothing of what that person had answered.

- Each answer writes the same rows for a signature and for unconfirmed answers. A robot's row takes
  them too, as it does those of the form, but no consents.
- Nothing here is refused because of the row's state: an error would reveal which row it is. Words
  that come after a letter was sealed are in no letter; the page says so to everybody.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, TokenExpired
from petition.core.extensions import transaction
from petition.models import Campaign, CommentMode, Consent, Signature, SignatureState
from petition.models.states import LIVE
from petition.signers.comment_changes import judge_again
from petition.signers.consents import (
    AFTER,
    end_consent,
    is_asked,
    is_offered,
    write_consent,
    write_down_stops_of,
)
from petition.signers.letters_with_signer import hold_letters
from petition.signers.replies import write_reply
from petition.signers.signer_problems import SignerProblem
from petition.signing.form import ticked
from petition.signing.form_fields import read_text
from petition.signing.just_signed import JustSigned, read_answers_token
from petition.signing.prepared_message import is_prepared

BOXES = ("show_name", "notify", "tell_successor")
WORDS, PRINTED = "words", "publish_comment"
REPLY = "reply"
LEFT = (SignatureState.WITHDRAWN, SignatureState.ERASED)


def answer_box(token: str, name: str, given: bool) -> JustSigned:
    """Set one of BOXES; raises TokenRefused or TokenExpired."""
    signed = read_answers_token(token)
    with transaction() as session:
        signature = _take(session, signed)
        setattr(signature, name, given)
        _note(session, signature, name, given)
    return signed.choose(name, given)


def answer_words(token: str, form: Mapping[str, str]) -> JustSigned:
    """Store ``comment``, and whether it may be printed (``publish_comment``).

    - Raises InvalidInput, TokenRefused or TokenExpired.
    """
    signed = read_answers_token(token)
    problems: dict[str, Problem] = {}
    words = read_text("comment", form.get("comment", ""), problems)
    if problems:
        raise InvalidInput(problems)
    publish = bool(words) and ticked(form.get("publish_comment"))
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        if campaign.comments == CommentMode.NONE or is_prepared(words, campaign.message):
            words, publish = "", False
        signature = _take(session, signed)
        hold_letters(session, signature)
        if signature.person is not None:
            judge_again(session, signature, campaign.comments, words, publish)
            signature.person = replace(signature.person, comment=words)
            signature.amended_at = utcnow()
        _note(session, signature, WORDS, bool(words))
    return signed.choose(PRINTED, publish).choose(WORDS, bool(words))


def answer_reply(token: str, wording: str, given: bool) -> JustSigned:
    """Let offices write back to the signer in this wording, or withdraw that.

    - Raises TokenRefused or TokenExpired.
    """
    signed = read_answers_token(token)
    with transaction() as session:
        signature = _take(session, signed)
        if signature.state in LIVE:
            write_reply(session, signature, wording, given=given)
        _note(session, signature, REPLY, given)
    return signed.choose(REPLY, given)


def answer_consent(token: str, offer_id: int, given: bool) -> JustSigned:
    """Give an offered consent in the wording of this offer, or withdraw it.

    - Raises NotFound if it is not offered any more, TokenRefused or TokenExpired.
    """
    signed = read_answers_token(token)
    with transaction() as session:
        if given and not is_offered(session, signed.campaign_id, offer_id):
            raise NotFound(SignerProblem.CONSENT_NOT_OFFERED)
        signature = _take(session, signed)
        if given and not is_asked(session, signature, offer_id, signed.source):
            raise NotFound(SignerProblem.CONSENT_NOT_OFFERED)
        if signature.state in LIVE:
            if given:
                write_consent(session, signature.id, offer_id, AFTER)
            else:
                write_down_stops_of(session, signature.id, Consent.offer_id == offer_id)
                end_consent(session, signature.id, offer_id)
        _note(session, signature, f"offer-{offer_id}", given)
    return signed.choose(f"offer-{offer_id}", given)


def _take(session: Session, signed: JustSigned) -> Signature:
    """Return the row, locked.

    - Raises TokenExpired if the mailbox's owner has acted since, or where the signer lives was
      answered: the page after that has another token. So it does once staff have withdrawn or
      erased it as its owner asked them to: an erased row stays empty.
    """
    signature = session.get(Signature, signed.whom.signature_id, with_for_update=True)
    if (
        signature is None
        or signature.campaign_id != signed.campaign_id
        or not signed.whom.fits(signature)
        or signature.state in LEFT
    ):
        raise TokenExpired(SignerProblem.ANSWERS_CLOSED)
    return signature


def _note(session: Session, signature: Signature, name: str, given: bool) -> None:
    detail: dict[str, str | bool] = {"answer": name, "given": given}
    record(session, "signature.answered", "signature", signature.id, actor="signer", detail=detail)
