"""The organizations that are shown: of a campaign, of all, and near a place.

- Only approved ones, on every page.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import (
    Campaign,
    CampaignOrganization,
    CampaignState,
    District,
    Organization,
    OrganizationBase,
    OrganizationRole,
    OrganizationState,
    PostalDistrict,
)
from petition.models.organizations.organization_base import USABLE
from petition.partners.bases.base_list import list_names
from petition.partners.bases.reach_areas import name_divisions
from petition.partners.partner_problems import PartnerProblem
from petition.postal.us_states import BY_CODE
from petition.postal.zip_places import ZipPlace

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

    - ``campaigns``: slug, title and language of those that it supports, by slug. ``bases``: the
      names of the places where it has one. ``districts``: the names of those that it works in, in
      place of ``reach_km`` around each base.
    """

    line: PartnerLine
    offering: str
    contact_name: str
    contact_email: str | None
    contact_phone: str
    bases: list[str]
    reach_km: int | None
    districts: list[str]
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
        bases=list_names(found.id) or [name for name in (found.locality,) if name],
        reach_km=found.reach_km,
        districts=name_divisions(found.reach_divisions),
        members=list(found.members),
        campaigns=[(row.slug, row.title, row.language) for row in campaigns],
    )


def list_nearest(
    campaign_id: int | None,
    latitude: float,
    longitude: float,
    limit: int,
    divisions: Collection[str] = (),
) -> list[PartnerLine]:
    """Return the organizations with a base within FARTHEST_MILES of a point, nearest base first.

    - ``campaign_id``: of those that support it; None: of all.
    - ``divisions``: the ids of those around the point; who works in one of them is near, too,
      after the others where its bases are farther away.
    """
    bases = _read_bases()
    around = set(divisions)
    found: list[tuple[float, str, PartnerLine]] = []
    for row in db.session.execute(_select(campaign_id)):
        miles = min(
            (_count_miles(*at, latitude, longitude) for at in bases.get(row.id, [])),
            default=math.inf,
        )
        if miles <= FARTHEST_MILES or around & set(row.reach_divisions):
            found.append((miles, row.name, _describe(row)))
    return [line for _, _, line in sorted(found, key=lambda one: one[:2])[:limit]]


def list_divisions_around(place: ZipPlace) -> set[str]:
    """Return the ids of the divisions in which a ZIP code's area lies, in whole or in part."""
    rows = db.session.scalars(
        select(District.division_id)
        .join(PostalDistrict, PostalDistrict.district_id == District.id)
        .where(PostalDistrict.postal_code == place.postal_code, District.in_force)
    )
    # States are no boundaries of ZIP code areas (state_layer.py).
    return set(rows) | {BY_CODE[code].division_id for code in place.states if code in BY_CODE}


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
        Organization.id,
        Organization.slug,
        Organization.name,
        Organization.url,
        Organization.locality,
        Organization.about,
        Organization.logo_type,
        Organization.reach_divisions,
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


def _read_bases() -> dict[int, list[tuple[float, float]]]:
    """Return the points of all bases in use, by organization."""
    found: dict[int, list[tuple[float, float]]] = {}
    rows = db.session.execute(
        select(
            OrganizationBase.organization_id, OrganizationBase.latitude, OrganizationBase.longitude
        ).where(USABLE)
    )
    for organization_id, latitude, longitude in rows:
        found.setdefault(organization_id, []).append((latitude, longitude))
    return found


def _describe(row: Row[*tuple[Any, ...]]) -> PartnerLine:
    return PartnerLine(
        row.slug, row.name, row.url, row.locality, row.about, row.logo_type is not None
    )


def _count_miles(latitude: float, longitude: float, other: float, beside: float) -> float:
    """Return the distance of two points in miles, by a flat approximation for short distances."""
    east = (longitude - beside) * math.cos(math.radians(other))
    return math.hypot(latitude - other, east) * MILES_A_DEGREE
