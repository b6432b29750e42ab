"""Writes a consent for an organization: the page after signing and the private page share it."""

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.models import (
    Campaign,
    Consent,
    ConsentOffer,
    Organization,
    OrganizationState,
    Signature,
)
from petition.models.campaigns.campaign import ConsentSharing


def is_offered(session: Session, campaign_id: int, offer_id: int) -> bool:
    """Return whether a campaign offers it now, for an organization that is approved."""
    offered = (
        select(ConsentOffer.id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(
            ConsentOffer.id == offer_id,
            ConsentOffer.campaign_id == campaign_id,
            ConsentOffer.retired_at.is_(None),
            Organization.state == OrganizationState.APPROVED,
        )
    )
    return session.scalar(offered) is not None


def is_asked(session: Session, signature: Signature, offer_id: int, source: str = "") -> bool:
    """Return whether this signer is asked for an offer, besides that it is offered.

    - Where organizations share by their own link: only by the one whose link they came by
      (``source``, its slug), or to which they gave this before.
    """
    if session.get_one(Campaign, signature.campaign_id).sharing != ConsentSharing.OWN_LINK:
        return True
    by_link = (
        select(ConsentOffer.id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(ConsentOffer.id == offer_id, Organization.slug == source)
    )
    before = select(Consent.id).where(
        Consent.signature_id == signature.id, Consent.offer_id == offer_id
    )
    return bool(session.scalar(select(exists(by_link) | exists(before))))


def write_consent(session: Session, signature_id: int, offer_id: int) -> None:
    """Store that a signer gives it now, also once more after a withdrawal."""
    now = utcnow()
    row = {"signature_id": signature_id, "offer_id": offer_id, "given_at": now}
    session.execute(
        insert_into(session, Consent)
        .values(row)
        .on_conflict_do_update(
            index_elements=["signature_id", "offer_id"],
            set_={"given_at": now, "withdrawn_at": None},
            where=Consent.withdrawn_at.is_not(None),
        )
    )


def end_consent(session: Session, signature_id: int, offer_id: int) -> bool:
    """Store that a signer withdraws it now; return whether it was in force."""
    ended = session.scalar(
        update(Consent)
        .where(
            Consent.signature_id == signature_id,
            Consent.offer_id == offer_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=utcnow())
        .returning(Consent.id)
    )
    return ended is not None
