"""Whom a campaign asks for consent, and how that is told beside the boxes."""

from collections.abc import Collection

from flask_babel import gettext

from petition.models import Campaign
from petition.models.campaigns.campaign import ConsentSharing
from petition.web.public.pages.campaigns import Offer, list_offers


def list_asked(campaign: Campaign, source: str, chosen: Collection[str]) -> list[Offer]:
    """Return the offers that a signer may answer after signing.

    - ``source``: the organization by whose link they came; ``chosen``: names of offers that they
      have allowed, which they may take back.
    """
    offers = list_offers(campaign.id)
    if campaign.sharing != ConsentSharing.OWN_LINK:
        return offers
    return [offer for offer in offers if offer.slug == source or offer.name in chosen]


def tell_sharing(campaign: Campaign) -> str:
    """Return the sentence beside the boxes that says which organization gets what."""
    if campaign.sharing == ConsentSharing.OWN_LINK:
        return gettext(
            "Only the group whose link led you here asks, and only it hears from us, if you allow "
            "it."
        )
    return gettext("Each group hears from us only if you allow that group.")
