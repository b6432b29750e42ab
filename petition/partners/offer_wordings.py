"""The wordings of an organization's offers: its own or ours, and then the names of its members.

- A wording is never edited. Where the organization is renamed, or stands for other groups than
  before, each of its offers is retired, and the next is a row of its own: whoever consented before
  keeps the words that they saw.
- The database shows no offer that names other members than its organization has
  (``consent_offers_refuse_other_members``, ``organizations_refuse_unnamed_members``), so they
  change in this order: the offers are retired, the organization changes, and the next are added.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.campaigns.offer_sets import store_offer_set
from petition.core.clock import utcnow
from petition.models import Campaign, ConsentOffer, Organization
from petition.partners.default_wordings import find_wording, name_members


def make_offer(
    organization: Organization, campaign: Campaign, purpose: str, words: str
) -> ConsentOffer:
    """Return an offer that shows these words, or ours if empty, and then the members by name.

    - The caller has retired the one before, adds it, and stores the campaign's set of offers.
    """
    words = words or find_wording(purpose, organization.name, campaign.language) or ""
    ending = name_members(organization.name, organization.members, campaign.language)
    return ConsentOffer(
        campaign_id=campaign.id,
        organization_id=organization.id,
        purpose=purpose,
        wording=words + ending,
        ending=ending,
        members=list(organization.members),
        created_at=utcnow(),
    )


def rename_in_offers(
    session: Session,
    organization: Organization,
    *,
    name: str | None = None,
    members: Sequence[str] | None = None,
) -> None:
    """Give an organization another name, or other members, and its offers what then names them.

    - None keeps what is there. The caller has locked the organization, and commits.
    """
    name = organization.name if name is None else name
    new = list(organization.members if members is None else members)
    if (name, new) == (organization.name, organization.members):
        return
    shown = session.execute(
        select(ConsentOffer, Campaign)
        .join(Campaign, Campaign.id == ConsentOffer.campaign_id)
        .where(ConsentOffer.organization_id == organization.id, ConsentOffer.retired_at.is_(None))
        .order_by(ConsentOffer.id)
    ).all()
    told = [
        (offer.purpose, campaign, _find_own(organization, offer, campaign))
        for offer, campaign in shown
    ]
    for offer, _ in shown:
        offer.retired_at = utcnow()
    session.flush()
    organization.name, organization.members = name, new
    session.flush()
    for purpose, campaign, words in told:
        session.add(make_offer(organization, campaign, purpose, words))
    session.flush()
    for campaign_id in sorted({campaign.id for _, campaign, _ in told}):
        store_offer_set(session.connection(), campaign_id)


def _find_own(organization: Organization, offer: ConsentOffer, campaign: Campaign) -> str:
    """Return the words of an offer without its members; empty if they are ours."""
    words = offer.wording.removesuffix(offer.ending)
    ours = find_wording(offer.purpose, organization.name, campaign.language)
    return "" if words == ours else words
