"""The rows of the consents that somebody gives as they sign, by a form, a program or a list."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from petition.models import Campaign, ConsentOffer, Organization, OrganizationState
from petition.models.campaigns.campaign import ConsentSharing
from petition.signing.form import Answers

Offer = Row[int, int, str, int, str, str]


def select_offers(campaign_id: int) -> Select[int, int, str, int, str, str]:
    """Return the SELECT of what the approved organizations of a campaign ask for now."""
    return (
        select(
            ConsentOffer.id,
            ConsentOffer.campaign_id,
            ConsentOffer.purpose,
            ConsentOffer.organization_id,
            Organization.slug,
            Campaign.sharing,
        )
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .join(Campaign, Campaign.id == ConsentOffer.campaign_id)
        .where(ConsentOffer.campaign_id == campaign_id, ConsentOffer.retired_at.is_(None))
        .where(Organization.state == OrganizationState.APPROVED)
    )


def build_consents(
    offers: Iterable[Offer], signature_id: int, answers: Answers, now: datetime, source: str | None
) -> list[dict[str, Any]]:
    """Return the rows of the consents among the answers, of the offers that there are.

    - A wording that was changed after it was shown was not consented to. ``source``: where it was
      given; the link of an organization goes before it (Consent).
    - Where organizations share by their own link, of the one by whose link the signer came alone
      (``consents_refuse_other_link``): no program and no list adds another.
    """
    return [
        {
            "signature_id": signature_id,
            "offer_id": offer.id,
            "campaign_id": offer.campaign_id,
            "organization_id": offer.organization_id,
            "purpose": offer.purpose,
            "given_at": now,
            "source": f"link:{offer.slug}" if offer.slug == answers.source else source,
        }
        for offer in offers
        if offer.sharing != ConsentSharing.OWN_LINK or offer.slug == answers.source
        if any((offer.purpose, offer.slug, seen) in answers.consents for seen in (offer.id, None))
    ]
