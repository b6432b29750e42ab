"""The organizations that support a campaign, for its page and for people near them."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import CampaignOrganization, Organization, OrganizationRole
from petition.partners.partner_problems import PartnerProblem

MILES_A_DEGREE = 69.0
# Groups farther away than this are not listed as near.
FARTHEST_MILES = 60.0


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """An organization as it is listed: logo, name and link."""

    slug: str
    name: str
    url: str | None
    locality: str
    about: str
    has_logo: bool


def list_partners(campaign_id: int) -> list[PartnerLine]:
    """Return the organizations that support a campaign, in the order in which they joined."""
    return [_describe(row) for row in db.session.execute(_select(campaign_id))]


def list_nearest(
    campaign_id: int, latitude: float, longitude: float, limit: int
) -> list[PartnerLine]:
    """Return the campaign's organizations within FARTHEST_MILES of a point, nearest first."""
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
        Organization.slug == slug, Organization.logo_type.is_not(None)
    )
    return db.session.scalar(query) is not None


def read_logo(slug: str) -> tuple[bytes, str]:
    """Return an organization's logo and its media type; raises NotFound."""
    row = db.session.execute(
        select(Organization.logo, Organization.logo_type).where(Organization.slug == slug)
    ).one_or_none()
    if row is None or row.logo is None or row.logo_type is None:
        raise NotFound(PartnerProblem.NO_LOGO)
    return bytes(row.logo), row.logo_type


def _select(campaign_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Organization.slug,
            Organization.name,
            Organization.url,
            Organization.locality,
            Organization.about,
            Organization.logo_type,
            Organization.latitude,
            Organization.longitude,
        )
        .join(CampaignOrganization, CampaignOrganization.organization_id == Organization.id)
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
