"""The token's own organization: its bases, and what it asks signers for, by their ids."""

from typing import Any

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, CampaignState, ConsentOffer, Organization
from petition.partners.bases.base_list import list_bases
from petition.partners.people.person_ids import name_base
from petition.partners.tokens.scopes import TokenScope
from petition.web.api.authorization import get_holder
from petition.web.api.endpoints import own_read
from petition.web.api.person_shapes import OwnOrganizationShape


@own_read("/organization", OwnOrganizationShape, "Your organization", TokenScope.CAMPAIGNS_READ)
def show_organization(asked: dict[str, Any]) -> dict[str, Any]:
    """Show the token's organization, its scopes, bases, and offers of now with their wording."""
    holder = get_holder()
    name = db.session.scalar(
        select(Organization.name).where(Organization.id == holder.organization_id)
    )
    offers = db.session.execute(
        select(
            ConsentOffer.id,
            Campaign.slug.label("campaign"),
            ConsentOffer.purpose,
            ConsentOffer.wording,
        )
        .join(Campaign, Campaign.id == ConsentOffer.campaign_id)
        .where(
            ConsentOffer.organization_id == holder.organization_id,
            ConsentOffer.retired_at.is_(None),
            Campaign.state != CampaignState.DRAFT,
        )
        .order_by(Campaign.slug, ConsentOffer.purpose)
    ).all()
    return {
        "slug": holder.slug,
        "name": name,
        "bases": [
            {"id": name_base(holder.organization_id, base.id), "name": base.place}
            for base in list_bases(holder.organization_id)
            if base.is_approved
        ],
        "offers": [row._asdict() for row in offers],
        "scopes": sorted(scope.value for scope in holder.scopes),
    }
