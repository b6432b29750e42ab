"""What may be read from an organization's list, and for which campaigns it may bring one."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.bulk.column_mapping import FIELDS, guess_field
from petition.core.extensions import db
from petition.models import (
    Campaign,
    CampaignOrganization,
    CampaignState,
    Organization,
    OrganizationState,
)
from petition.signing.consent_rows import select_offers


def list_open_campaigns(organization_id: int) -> list[tuple[str, str]]:
    """Return (slug, title) of the open campaigns in which an organization takes part."""
    takes_part = exists().where(
        CampaignOrganization.campaign_id == Campaign.id,
        CampaignOrganization.organization_id == organization_id,
    )
    approved = exists().where(
        Organization.id == organization_id, Organization.state == OrganizationState.APPROVED
    )
    rows = db.session.execute(
        select(Campaign.slug, Campaign.title)
        .where(takes_part, approved, Campaign.state == CampaignState.OPEN)
        .order_by(Campaign.title, Campaign.id)
    )
    return [(slug, title) for slug, title in rows]


def takes_part(organization_id: int, campaign: str) -> int | None:
    """Return the id of an open campaign in which an organization takes part; None otherwise."""
    if campaign not in dict(list_open_campaigns(organization_id)):
        return None
    return db.session.scalar(select(Campaign.id).where(Campaign.slug == campaign))


def list_fields(session: Session, organization_id: int, campaign_id: int) -> list[str]:
    """Return what a list may have: the form's fields, and the organization's own boxes."""
    offers = session.execute(select_offers(campaign_id)).all()
    own = [
        f"consent_{offer.purpose}_{offer.slug}"
        for offer in offers
        if offer.organization_id == organization_id
    ]
    return [*FIELDS, *dict.fromkeys(own)]


def guess_columns(headings: Sequence[str], fields: Collection[str]) -> dict[str, int]:
    """Return the column of each field that a heading names; of several alike, the first."""
    found: dict[str, int] = {}
    for number, heading in enumerate(headings):
        field = guess_field(heading)
        if field in fields:
            found.setdefault(str(field), number)
    return found
