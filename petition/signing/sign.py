"""Sign: one set of answers becomes one signature, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Insert, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.database import is_sqlite
from petition.errors import CampaignNotOpen, NotFound
from petition.extensions import transaction
from petition.models import (
    Campaign,
    CampaignState,
    Consent,
    ConsentOffer,
    Organization,
    Signature,
    SignatureState,
)
from petition.sealing import get_sealer
from petition.signing.answers import Answers, FindPlace, read_answers
from petition.signing.canonical import canonical_email

# Someone who signs again before confirming is mailed again, but nobody can flood an inbox.
MAIL_AGAIN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signer is told; the same whether they signed for the first time or again."""

    awaits_confirmation: bool


def sign(slug: str, form: Mapping[str, str], find_place: FindPlace) -> Signed:
    """Store one signature and return what to tell the signer; it is durable once this returns.

    - The answer is the same for a second signature of the same person, which stores nothing.
    - Raises InvalidInput, NotFound, CampaignNotOpen (for the signer) or DatabaseUnavailable.
    """
    answers = read_answers(form, find_place)
    return store(slug, answers)


def store(slug: str, answers: Answers) -> Signed:
    """Store answers that were read and checked; see ``sign``."""
    now = utcnow()
    digest = get_sealer().digest(canonical_email(answers.person.email), "email")
    with transaction() as session:
        campaign = _find_open_campaign(session, slug, now)
        signature_id = _insert(session, campaign, answers, digest, now)
        if signature_id is None:
            _mail_again(session, campaign.id, digest, now)
        elif answers.consents:
            _store_consents(session, signature_id, campaign.id, answers, now)
    return Signed(awaits_confirmation=campaign.confirm_email)


def _insert(
    session: Session, campaign: "_Campaign", answers: Answers, digest: bytes, now: datetime
) -> int | None:
    """Return the new row's id; None where this person's live signature is there already."""
    confirm = campaign.confirm_email
    row = {
        "campaign_id": campaign.id,
        "state": SignatureState.PENDING if confirm else SignatureState.CONFIRMED,
        "email_digest": digest,
        "person": answers.person,
        "publish_comment": answers.publish_comment,
        "created_at": now,
        "confirmed_at": None if confirm else now,
        "due_at": now,
        "tries": 0,
    }
    inserted: int | None = session.connection().scalar(_build_insert(is_sqlite(session)), row)
    return inserted


def _find_open_campaign(session: Session, slug: str, now: datetime) -> "_Campaign":
    row = session.connection().execute(_CAMPAIGN, {"slug": slug}).one_or_none()
    if row is None or row.state == CampaignState.DRAFT:
        raise NotFound("There is no such campaign.")
    if row.opens_at is not None and now < row.opens_at:
        raise CampaignNotOpen("This campaign is not open yet. Come back when it has begun.")
    if row.state != CampaignState.OPEN or (row.closes_at is not None and row.closes_at <= now):
        raise CampaignNotOpen("This campaign is closed and takes no more signatures.")
    return _Campaign(row.id, row.confirm_email)


def _store_consents(
    session: Session, signature_id: int, campaign_id: int, answers: Answers, now: datetime
) -> None:
    offers = session.execute(
        select(ConsentOffer.id, ConsentOffer.purpose, Organization.slug)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(ConsentOffer.campaign_id == campaign_id, ConsentOffer.retired_at.is_(None))
    )
    given = [
        {"signature_id": signature_id, "offer_id": offer.id, "given_at": now}
        for offer in offers
        if (offer.purpose, offer.slug) in answers.consents
    ]
    if given:
        session.execute(insert(Consent), given)


def _mail_again(session: Session, campaign_id: int, digest: bytes, now: datetime) -> None:
    session.execute(
        update(Signature)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.email_digest == digest,
            Signature.state == SignatureState.PENDING,
            Signature.mailed_at < now - MAIL_AGAIN_AFTER,
        )
        .values(mailed_at=None, due_at=now)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class _Campaign:
    id: int
    confirm_email: bool


_CAMPAIGN = select(
    Campaign.id,
    Campaign.state,
    Campaign.confirm_email,
    Campaign.opens_at,
    Campaign.closes_at,
).where(Campaign.slug == bindparam("slug"))


@cache
def _build_insert(sqlite: bool) -> Insert:
    # Built once and run without the unit of work: a crowd waits in this line, and building the
    # statement anew for each signer took most of its time.
    statement = sqlite_insert(Signature) if sqlite else postgresql_insert(Signature)
    return statement.on_conflict_do_nothing(
        index_elements=["campaign_id", "email_digest"], index_where=Signature.ended_at.is_(None)
    ).returning(Signature.id)
