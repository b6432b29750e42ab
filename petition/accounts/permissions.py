"""What each role may do: the permissions, and one table of them by role.

- ``docs/roles.md`` has the same table, and a test compares the two.
- A staff role is granted for the whole service or for one campaign, a group role for one
  organization. A grant for the whole service covers each campaign; one for a campaign covers
  nothing that is not of that campaign.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Protocol

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import GROUP_ROLES, STAFF_ROLES, PortalName, RoleGrant, RoleName, User


class Permission(StrEnum):
    """One thing that an account may do."""

    DELIVERIES_READ = "deliveries.read"
    DELIVERIES_DECIDE = "deliveries.decide"
    LETTERS_OPEN = "letters.open"
    MILESTONES_READ = "milestones.read"
    MILESTONES_DECIDE = "milestones.decide"
    REVIEW_LIST = "review.list"
    SIGNATURES_REVIEW = "signatures.review"
    SIGNATURES_OPEN = "signatures.open"
    COMMENTS_READ = "comments.read"
    COMMENTS_DECIDE = "comments.decide"
    BOUNDARIES_READ = "boundaries.read"
    CAMPAIGNS_EDIT = "campaigns.edit"
    OFFICIALS_READ = "officials.read"
    OFFICIALS_EDIT = "officials.edit"
    ORGANIZATIONS_APPROVE = "organizations.approve"
    ACCOUNTS_MANAGE = "accounts.manage"
    SETTINGS_MANAGE = "settings.manage"
    REPORTS_READ = "reports.read"
    ORGANIZATION_READ = "organization.read"
    ORGANIZATION_EDIT = "organization.edit"
    MEMBERS_MANAGE = "members.manage"
    PEOPLE_LOOK_UP = "people.look_up"
    PEOPLE_WRITE = "people.write"
    PEOPLE_EXPORT = "people.export"
    PEOPLE_IMPORT = "people.import"
    TOKENS_MANAGE = "tokens.manage"
    WEBHOOKS_MANAGE = "webhooks.manage"


# They show the data of nobody, or of one person at a time that the person published.
WITHOUT_SECOND_FACTOR = frozenset(
    {
        Permission.DELIVERIES_READ,
        Permission.MILESTONES_READ,
        Permission.REVIEW_LIST,
        Permission.COMMENTS_READ,
        Permission.BOUNDARIES_READ,
        Permission.OFFICIALS_READ,
        Permission.REPORTS_READ,
        Permission.ORGANIZATION_READ,
    }
)
_READER = frozenset(
    {
        Permission.DELIVERIES_READ,
        Permission.MILESTONES_READ,
        Permission.REVIEW_LIST,
        Permission.COMMENTS_READ,
        Permission.BOUNDARIES_READ,
        Permission.OFFICIALS_READ,
        Permission.REPORTS_READ,
    }
)
_CAMPAIGNER = _READER | {
    Permission.DELIVERIES_DECIDE,
    Permission.LETTERS_OPEN,
    Permission.CAMPAIGNS_EDIT,
    Permission.OFFICIALS_EDIT,
}
_REVIEWER = _READER | {
    Permission.MILESTONES_DECIDE,
    Permission.SIGNATURES_REVIEW,
    Permission.SIGNATURES_OPEN,
    Permission.COMMENTS_DECIDE,
}
_VIEWER = frozenset({Permission.ORGANIZATION_READ, Permission.REPORTS_READ})
_ORGANIZER = _VIEWER | {
    Permission.PEOPLE_LOOK_UP,
    Permission.PEOPLE_WRITE,
    Permission.PEOPLE_IMPORT,
}
PERMISSIONS: dict[RoleName, frozenset[Permission]] = {
    RoleName.ADMIN: _CAMPAIGNER
    | _REVIEWER
    | {
        Permission.ORGANIZATIONS_APPROVE,
        Permission.ACCOUNTS_MANAGE,
        Permission.SETTINGS_MANAGE,
    },
    RoleName.CAMPAIGNER: _CAMPAIGNER,
    RoleName.REVIEWER: _REVIEWER,
    RoleName.READER: _READER,
    RoleName.OWNER: _ORGANIZER
    | {
        Permission.ORGANIZATION_EDIT,
        Permission.MEMBERS_MANAGE,
        Permission.PEOPLE_EXPORT,
        Permission.TOKENS_MANAGE,
        Permission.WEBHOOKS_MANAGE,
    },
    RoleName.ORGANIZER: _ORGANIZER,
    RoleName.VIEWER: _VIEWER,
}
# The roles whose accounts may enter each portal.
ROLES_OF = {PortalName.STAFF: STAFF_ROLES, PortalName.PARTNER: GROUP_ROLES}


class Grant(Protocol):
    """A role with its scope, as a row of ``role_grants`` has it."""

    role: str
    campaign_id: int | None
    organization_id: int | None


def may(
    user_id: int,
    permission: Permission,
    *,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Return whether an account has a permission; False for one that is closed or unknown.

    - ``campaign_id``, ``organization_id``: what it is for; None for the whole service.
    """
    query = select(RoleGrant).join(User, User.id == RoleGrant.user_id)
    grants = db.session.scalars(query.where(User.id == user_id, User.active))
    return covers(grants, permission, campaign_id=campaign_id, organization_id=organization_id)


def covers(
    grants: Iterable[Grant],
    permission: Permission,
    *,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Return whether one of the grants gives a permission for what it is asked for."""
    return any(
        permission in PERMISSIONS[RoleName(grant.role)]
        and grant.organization_id == organization_id
        and grant.campaign_id in (None, campaign_id)
        for grant in grants
    )


def list_scope(grants: Iterable[Grant], permission: Permission) -> frozenset[int] | None:
    """Return the campaigns for which grants of staff give a permission; None: the whole service."""
    found = [
        grant.campaign_id
        for grant in grants
        if grant.organization_id is None and permission in PERMISSIONS[RoleName(grant.role)]
    ]
    return None if None in found else frozenset(number for number in found if number is not None)


def needs_second_factor(roles: Collection[str]) -> bool:
    """Return whether accounts with these roles must have a second factor.

    - That is: with a permission that shows the data of several people, or changes something.
    """
    return any(PERMISSIONS[RoleName(role)] - WITHOUT_SECOND_FACTOR for role in roles)


def list_portals(roles: Collection[str]) -> list[PortalName]:
    """Return the portals that accounts with these roles may enter."""
    held = {RoleName(role) for role in roles}
    return [portal for portal, listed in ROLES_OF.items() if held & {*listed}]


def list_organizations(user_id: int) -> list[int]:
    """Return the ids of the organizations in which an account has a role."""
    found = (
        select(RoleGrant.organization_id)
        .where(RoleGrant.user_id == user_id, RoleGrant.organization_id.is_not(None))
        .distinct()
        .order_by(RoleGrant.organization_id)
    )
    return [number for number in db.session.scalars(found) if number is not None]
