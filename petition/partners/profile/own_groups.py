"""An organization as its own members see it: where it is, and what is to do next."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from petition.core.extensions import db
from petition.models import (
    CampaignOrganization,
    Organization,
    OrganizationChange,
    OrganizationState,
    RoleGrant,
    RoleName,
    User,
)
from petition.partners.bases.base_list import list_bases


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """An organization of the signed-in account; ``is_approved``: it may look people up."""

    id: int
    slug: str
    name: str
    state: str
    roles: tuple[str, ...]

    @property
    def is_approved(self) -> bool:
        """Whether its pages may do anything."""
        return self.state == OrganizationState.APPROVED


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """What the home of an organization says: totals, and what is missing."""

    owners: int
    members: int
    campaigns: int
    has_logo: bool
    has_text: bool
    has_contact: bool
    has_base: bool
    waits: bool


def list_own_groups(user_id: int) -> list[OwnGroup]:
    """Return the organizations in which an account has a role, by name."""
    return _list(user_id)


def find_own_group(user_id: int, slug: str) -> OwnGroup | None:
    """Return one of them; None alike for another's and for one that does not exist."""
    found = _list(user_id, slug)
    return found[0] if found else None


def summarize_group(organization_id: int) -> GroupSummary:
    """Return the totals of an organization, and what its page lacks."""
    found = db.session.get_one(Organization, organization_id)
    people = db.session.execute(
        select(RoleGrant.user_id, RoleGrant.role)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.organization_id == organization_id, User.active)
    ).all()
    campaigns = db.session.scalar(
        select(func.count(func.distinct(CampaignOrganization.campaign_id))).where(
            CampaignOrganization.organization_id == organization_id
        )
    )
    waits = exists().where(
        OrganizationChange.organization_id == organization_id,
        OrganizationChange.decision.is_(None),
    )
    return GroupSummary(
        owners=len({row.user_id for row in people if row.role == RoleName.OWNER}),
        members=len({row.user_id for row in people}),
        campaigns=campaigns or 0,
        has_logo=found.logo_type is not None,
        has_text=bool(found.about and found.offering),
        has_contact=bool(found.contact_email or found.contact_phone),
        has_base=bool(list_bases(organization_id)),
        waits=bool(db.session.scalar(select(waits))),
    )


def _list(user_id: int, slug: str | None = None) -> list[OwnGroup]:
    query = (
        select(
            Organization.id,
            Organization.slug,
            Organization.name,
            Organization.state,
            RoleGrant.role,
        )
        .join(RoleGrant, RoleGrant.organization_id == Organization.id)
        .where(RoleGrant.user_id == user_id)
        .order_by(Organization.name, Organization.id, RoleGrant.id)
    )
    if slug is not None:
        query = query.where(Organization.slug == slug)
    groups: dict[int, OwnGroup] = {}
    for row in db.session.execute(query):
        roles = groups[row.id].roles if row.id in groups else ()
        groups[row.id] = OwnGroup(row.id, row.slug, row.name, row.state, (*roles, row.role))
    return list(groups.values())
