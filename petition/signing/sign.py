"""Sign: one set of answers becomes one signature, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Insert, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from petition.clock import utcnow
from petition.extensions import core_transaction
from petition.models import (
    Consent,
    ConsentOffer,
    Organization,
    Signature,
    SignatureState,
)
from petition.sealing import get_sealer
from petition.signing.answers import Answers, FindPlace, read_answers
from petition.signing.canonical import canonical_email
from petition.signing.season import find_open_campaign

# Someone who signs again before confirming is mailed again, but nobody can flood an inbox.
MAIL_AGAIN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signer is told; the same whether they signed for the first time or again.

    - ``layers``: what the campaign counts by. ``signature_id``: None for someone who signed before;
      it leaves the service sealed or not at all.
    """

    awaits_confirmation: bool
    campaign_id: int
    layers: tuple[str, ...]
    signature_id: int | None = field(compare=False, repr=False)


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
    campaign = find_open_campaign(slug, now)
    digest = get_sealer().digest(canonical_email(answers.person.email), "email")
    row = {
        "campaign_id": campaign.id,
        "state": SignatureState.PENDING if campaign.confirm_email else SignatureState.CONFIRMED,
        "email_digest": digest,
        "person": answers.person,
        "publish_comment": answers.publish_comment,
        "created_at": now,
        "confirmed_at": None if campaign.confirm_email else now,
        "due_at": now,
        "tries": 0,
    }
    with core_transaction() as connection:
        signature_id = connection.scalar(_build_insert(connection.dialect.name), row)
        if signature_id is None:
            _mail_again(connection, campaign.id, digest, now)
        elif answers.consents:
            _store_consents(connection, signature_id, campaign.id, answers, now)
    return Signed(campaign.confirm_email, campaign.id, tuple(campaign.layers), signature_id)


@cache
def _build_insert(dialect: str) -> Insert:
    # Built once: building the statement anew for each signer took longer than running it.
    statement = sqlite_insert(Signature) if dialect == "sqlite" else postgresql_insert(Signature)
    return statement.on_conflict_do_nothing(
        index_elements=["campaign_id", "email_digest"], index_where=Signature.ended_at.is_(None)
    ).returning(Signature.id)


def _store_consents(
    connection: Connection, signature_id: int, campaign_id: int, answers: Answers, now: datetime
) -> None:
    offers = connection.execute(
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
        connection.execute(insert(Consent), given)


def _mail_again(connection: Connection, campaign_id: int, digest: bytes, now: datetime) -> None:
    connection.execute(
        update(Signature)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.email_digest == digest,
            Signature.state == SignatureState.PENDING,
            Signature.mailed_at < now - MAIL_AGAIN_AFTER,
        )
        .values(mailed_at=None, due_at=now)
    )
