"""Sign: stores one set of answers as one signature, in one transaction.

If the campaign confirms by mail, or the address has signed already, the answers are stored
unconfirmed: a mail is sent for each, and only its link makes them a signature
(petition/signers/confirm.py).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import (
    Connection,
    insert,
)
from sqlalchemy.exc import DBAPIError

from petition.campaigns.open_campaigns import find_open_campaign
from petition.core.clock import utcnow
from petition.core.errors import Problem, TextMended
from petition.core.extensions import core_statements, core_transaction
from petition.core.queues import Stage, wake
from petition.core.sealing import get_sealer
from petition.models import (
    CommentMode,
    Consent,
)
from petition.models.signatures.home import Home
from petition.models.signatures.signature import make_link_secret
from petition.moderation.judgement import judge_comment
from petition.signing.asked_consents import keep_asked
from petition.signing.canonical_email import canonical_email
from petition.signing.challenges import use_challenge
from petition.signing.consent_rows import build_consents, select_offers
from petition.signing.form import Answers, FindPlace, read_answers
from petition.signing.form_problems import FormProblem
from petition.signing.just_signed import FROM
from petition.signing.location_questions import Asked
from petition.signing.network_origins import UNKNOWN, Origin, hash_networks
from petition.signing.prepared_message import is_prepared
from petition.signing.screening import AS_TYPED, FormSignals, RejectReason, judge, refuse_mailbox
from petition.signing.signature_rows import store_row

# The message of the trigger signatures_refuse_other_text.
OTHER_TEXT = "the text of the campaign is another by now"
FORM = "form"  # the source of consents


@dataclass(frozen=True, slots=True)
class Signed:
    """The answer to a signer: equal for a first signing, a repeated one, and a robot's.

    - ``layers``: of the districts in which the campaign counts. ``asked``: the row that was stored,
      whichever it is. ``signature_id``: None for a robot. The last two leave the service sealed or
      not at all. ``chosen``: the boxes that were ticked, as in just_signed.py.
    """

    awaits_confirmation: bool
    campaign_id: int
    layers: tuple[str, ...]
    asked: Asked = field(compare=False, repr=False)
    signature_id: int | None = field(compare=False, repr=False)
    chosen: frozenset[str] = field(default=frozenset(), compare=False, repr=False)


def sign(
    slug: str,
    form: Mapping[str, str],
    find_place: FindPlace,
    traces: FormSignals | None = None,
    language: str = "en",
    origin: Origin = UNKNOWN,
    home: Home | None = None,
    text_version: int | None = None,
) -> Signed:
    """Store one signature and return the answer to the signer; it is durable once this returns.

    - The answer is the same if the address has signed already, when the answers are stored
      unconfirmed and mailed, and for a robot, whose answers are stored as rejected: they are not
      mailed, not counted, and do not prevent another signature.
    - An address that may be mistyped, or is disposable, is refused with a message.
    - ``traces``: how the form was filled; None if there was no page, and then no guard applies.
      ``language``: that of the form and of the mails to the signer. ``origin``: stored for the
      review of a hundred. ``home``: the districts that were named in the form; see
      petition/models/signatures/home.py. ``text_version``: of the text beside the form; None if
      there was no form.
    - Raises InvalidInput, NotFound, CampaignNotOpen, TextMended (for the signer) or
      DatabaseUnavailable.
    """
    answers = read_answers(form, find_place)
    if answers.consents:
        answers = keep_asked(answers, find_open_campaign(slug, utcnow()).sharing)
    if home is not None:
        region = home.region or answers.person.region
        person = replace(answers.person, home=home.text, region=region)
        answers = replace(answers, person=person)
    as_typed = form.get(AS_TYPED, "")
    return store(
        slug, answers, traces, language, origin, as_typed=as_typed, text_version=text_version
    )


def store(
    slug: str,
    answers: Answers,
    traces: FormSignals | None = None,
    language: str = "en",
    origin: Origin = UNKNOWN,
    *,
    by_mail: bool = False,
    as_typed: str = "",
    text_version: int | None = None,
    source: str | None = FORM,
    beside: Callable[[Connection], None] | None = None,
) -> Signed:
    """Store answers that were read and checked; see ``sign``.

    - ``beside``: writes something else in the same transaction; what it raises undoes both.
    - ``by_mail``: the signer confirms by e-mail, also where the campaign does not ask for that.
    - ``as_typed``: the address that the signer confirmed as right, though it may be mistyped.
      ``source``: of the consents in them (Consent); one of the group by whose link the signer came
      says so instead.
    """
    now = utcnow()
    campaign = find_open_campaign(slug, now)
    awaits = campaign.confirm_email or by_mail
    robots = judge(campaign.guards, traces) if traces is not None else None
    if traces is not None and robots is None:
        refuse_mailbox(campaign.guards, answers.person.email, as_typed)
    digest = get_sealer().digest(canonical_email(answers.person.email), "email")
    secret = make_link_secret()
    person = answers.person
    signed_at = origin.signed_at or now
    publish = answers.publish_comment and campaign.comments != CommentMode.NONE
    words = person.comment
    if campaign.comments == CommentMode.NONE or is_prepared(words, campaign.message):
        words = ""  # the campaign takes no comments, or it is the prepared message
    person = replace(person, comment=words, bound_to=secret)
    row = {
        "campaign_id": campaign.id,
        "email_digest": digest,
        "person": person,
        "publish_comment": publish,
        "show_name": answers.show_name,
        "notify": answers.notify,
        "tell_successor": answers.tell_successor,
        "language": language,
        "created_at": signed_at,
        "due_at": now,
        "attempt": 0,
        "networks": hash_networks(origin.networks),
        "loaded_form": origin.loaded_form,
        "link_secret": secret,
        "text_version": campaign.text_version if text_version is None else text_version,
    }
    # Each bound column adds to the time of every signing; these are NULL for most.
    if publish:
        row["comment_state"] = judge_comment(campaign.comments, person.comment, publish)
    if traces is not None and campaign.offer_set_id is not None:
        row["offer_set_id"] = campaign.offer_set_id  # the page that the answer leads to shows them
    if origin.form_at is not None:
        row["form_at"] = origin.form_at
    if origin.batch is not None:
        row["batch"] = origin.batch
    # Most signings are only one row: one statement, which is a transaction of its own.
    alone = beside is None and not answers.consents and (traces is None or traces.proof is None)
    with _tell_mended(), core_statements() if alone else core_transaction() as connection:
        reason = robots or _use_proof(connection, traces)
        signature_id = store_row(connection, row, reason, awaits)
        if reason is None and answers.consents:
            _store_consents(connection, signature_id, campaign.id, answers, now, source)
        if beside is not None:
            beside(connection)
    # After the commit; this path has no session for wake_after_commit. The same for every result.
    wake(Stage.MAIL if awaits else Stage.LOCATE)
    return Signed(
        awaits,
        campaign.id,
        tuple(campaign.layers),
        Asked(signature_id, secret),
        signature_id if reason is None else None,
        _list_chosen(answers),
    )


def _list_chosen(answers: Answers) -> frozenset[str]:
    boxes = ("show_name", "notify", "tell_successor", "publish_comment")
    chosen = {name for name in boxes if getattr(answers, name)}
    chosen |= {f"offer-{given.offer_id}" for given in answers.consents if given.offer_id}
    chosen |= {FROM + answers.source} if answers.source else set()
    return frozenset(chosen | {"words"} if answers.person.comment else chosen)


@contextmanager
def _tell_mended() -> Iterator[None]:
    """Raise TextMended if the database refuses a signature of an earlier text."""
    try:
        yield
    except DBAPIError as error:
        if OTHER_TEXT not in str(error.orig):
            raise
        raise TextMended({"text": Problem(FormProblem.TEXT_CHANGED)}) from error


def _use_proof(connection: Connection, traces: FormSignals | None) -> RejectReason | None:
    """Use up the proof; return RejectReason.PROOF if it was used before, else None."""
    proof = traces.proof if traces is not None else None
    if proof is None or proof.digest is None:
        return None
    fresh = use_challenge(connection, proof.digest, proof.expires_at)
    return None if fresh else RejectReason.PROOF


def _store_consents(
    connection: Connection,
    signature_id: int,
    campaign_id: int,
    answers: Answers,
    now: datetime,
    source: str | None,
) -> None:
    offers = connection.execute(select_offers(campaign_id))
    given = build_consents(offers, signature_id, answers, now, source)
    if given:
        connection.execute(insert(Consent), given)
