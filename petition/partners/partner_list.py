"""The organizations that are shown: of a campaign, of all, and near a place.

- Only approved ones, on every page.
"""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import (
    Campaign,
    CampaignOrganization,
    CampaignState,
    Organization,
    OrganizationRole,
    OrganizationState,
)
from petition.partners.partner_problems import PartnerProblem

MILES_A_DEGREE = 69.0
# Groups farther away than this are not listed as near.
FARTHEST_MILES = 60.0
IS_SHOWN = Organization.state == OrganizationState.APPROVED


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """An organization as it is listed: logo, name and link."""

    slug: str
    name: str
    url: str | None
    locality: str
    about: str
    has_logo: bool


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What an organization's own page shows beside its line.

    - ``campaigns``: slug, title and language of those that it supports, by slug.
    """

    line: PartnerLine
    offering: str
    contact_name: str
    contact_email: str | None
    contact_phone: str
    reach_km: int | None
    members: list[str]
    campaigns: list[tuple[str, str, str]]


def list_partners(campaign_id: int | None = None) -> list[PartnerLine]:
    """Return the organizations that support a campaign, in the order in which they joined.

    - Without a campaign: all, by name.
    """
    return [_describe(row) for row in db.session.execute(_select(campaign_id))]


def list_slugs(limit: int) -> list[str]:
    """Return the slugs of up to ``limit`` organizations, the newest first."""
    query = select(Organization.slug).where(IS_SHOWN).order_by(Organization.id.desc()).limit(limit)
    return list(db.session.scalars(query))


def read_group(slug: str) -> GroupPage:
    """Return what an organization's page shows; raises NotFound, also for one not approved."""
    found = db.session.scalar(select(Organization).where(Organization.slug == slug, IS_SHOWN))
    if found is None:
        raise NotFound(PartnerProblem.NO_GROUP)
    campaigns = db.session.execute(
        select(Campaign.slug, Campaign.title, Campaign.language)
        .join(CampaignOrganization, CampaignOrganization.campaign_id == Campaign.id)
        .where(
            CampaignOrganization.organization_id == found.id,
            Campaign.state != CampaignState.DRAFT,
        )
        .distinct()
        .order_by(Campaign.slug)
    )
    return GroupPage(
        line=PartnerLine(
            found.slug,
            found.name,
            found.url,
            found.locality,
            found.about,
            found.logo_type is not None,
        ),
        offering=found.offering,
        contact_name=found.contact_name,
        contact_email=found.contact_email,
        contact_phone=found.contact_phone,
        reach_km=found.reach_km,
        members=list(found.members),
        campaigns=[(row.slug, row.title, row.language) for row in campaigns],
    )


def list_nearest(
    campaign_id: int | None, latitude: float, longitude: float, limit: int
) -> list[PartnerLine]:
    """Return the organizations within FARTHEST_MILES of a point, nearest first.

    - ``campaign_id``: of those that support it; None: of all.
    """
    rows = db.session.execute(
        _select(campaign_id).where(
            Organization.latitude.is_not(None), Organization.longitude.is_not(None)
        )
    )
    far = sorted(
        ((_count_miles(row.latitude, row.longitude, latitude, longitude), row) for row in rows),
        key=lambda found: (found[0], found[1].name),
    )
    return [_describe(row) for miles, row in far if miles <= FARTHEST_MILES][:limit]


def has_logo(slug: str) -> bool:
    """Return whether an organization has a logo; False if it does not exist."""
    query = select(Organization.id).where(
        Organization.slug == slug, Organization.logo_type.is_not(None), IS_SHOWN
    )
    return db.session.scalar(query) is not None


def read_logo(slug: str) -> tuple[bytes, str]:
    """Return an organization's logo and its media type; raises NotFound."""
    row = db.session.execute(
        select(Organization.logo, Organization.logo_type).where(Organization.slug == slug, IS_SHOWN)
    ).one_or_none()
    if row is None or row.logo is None or row.logo_type is None:
        raise NotFound(PartnerProblem.NO_LOGO)
    return bytes(row.logo), row.logo_type


def _select(campaign_id: int | None) -> Select[*tuple[Any, ...]]:
    query = select(
        Organization.slug,
        Organization.name,
        Organization.url,
        Organization.locality,
        Organization.about,
        Organization.logo_type,
        Organization.latitude,
        Organization.longitude,
    ).where(IS_SHOWN)
    if campaign_id is None:
        return query.order_by(Organization.name, Organization.id)
    return (
        query.join(CampaignOrganization, CampaignOrganization.organization_id == Organization.id)
        .where(
            CampaignOrganization.campaign_id == campaign_id,
            CampaignOrganization.role == OrganizationRole.PARTNER,
        )
        .order_by(CampaignOrganization.position, Organization.name)
    )


def _describe(row: Row[*tuple[Any, ...]]) -> PartnerLine:
    return PartnerLine(
        row.slug, row.name, row.url, row.locality, row.about, row.logo_type is not None
    )


def _count_miles(latitude: float, longitude: float, other: float, beside: float) -> float:
    """Return the distance of two points in miles, by a flat approximation for short distances."""
    east = (longitude - beside) * math.cos(math.radians(other))
    return math.hypot(latitude - other, east) * MILES_A_DEGREE
