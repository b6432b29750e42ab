"""What staff see of applications, of changes that wait, and of organizations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, select

from petition.core.extensions import db
from petition.models import (
    Organization,
    OrganizationApplication,
    OrganizationChange,
    OrganizationState,
    RoleGrant,
    RoleName,
)
from petition.partners.slugs import suggest_slug


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application whose address is proved; ``domain``: the one that proves it, or None."""

    id: int
    name: str
    url: str
    contact_name: str
    email: str
    why: str
    locality: str
    postal_code: str
    campaigns: list[str]
    proved_at: datetime
    domain: str | None
    slug: str
    decision: str | None
    because: str


@dataclass(frozen=True, slots=True)
class OrganizationChangeLine:
    """A change that waits; ``before`` and ``after``: the values by column."""

    id: int
    slug: str
    name: str
    made_at: datetime
    before: dict[str, object]
    after: dict[str, object]


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """An organization as staff see it; ``owners``: how many it has."""

    slug: str
    name: str
    state: str
    owners: int


def list_applications(*, refused: bool = False) -> list[ApplicationLine]:
    """Return the applications that wait for staff, the oldest first; or those refused."""
    query = select(OrganizationApplication).order_by(OrganizationApplication.proved_at)
    if refused:
        query = query.where(OrganizationApplication.decision == "refused")
    else:
        query = query.where(*_waits())
    return [
        ApplicationLine(
            id=row.id,
            name=row.name,
            url=row.url,
            contact_name=row.contact_name,
            email=row.email,
            why=row.why,
            locality=row.locality,
            postal_code=row.postal_code,
            campaigns=list(row.campaigns),
            proved_at=row.proved_at or row.created_at,
            domain=row.domain,
            slug=suggest_slug(row.name),
            decision=row.decision,
            because=row.because,
        )
        for row in db.session.scalars(query)
    ]


def list_changes() -> list[OrganizationChangeLine]:
    """Return the changes that wait for staff, the oldest first."""
    rows = db.session.execute(
        select(OrganizationChange, Organization)
        .join(Organization, Organization.id == OrganizationChange.organization_id)
        .where(OrganizationChange.decision.is_(None))
        .order_by(OrganizationChange.id)
    )
    return [
        OrganizationChangeLine(
            id=change.id,
            slug=group.slug,
            name=group.name,
            made_at=change.made_at,
            before={name: getattr(group, name) for name in change.values},
            after=change.values,
        )
        for change, group in rows
    ]


def list_organizations_for_staff() -> list[OrganizationLine]:
    """Return the organizations that were approved once, those that are suspended first."""
    owners = (
        select(func.count())
        .select_from(RoleGrant)
        .where(RoleGrant.organization_id == Organization.id, RoleGrant.role == RoleName.OWNER)
        .scalar_subquery()
    )
    listed = (OrganizationState.APPROVED, OrganizationState.SUSPENDED)
    rows = db.session.execute(
        select(Organization.slug, Organization.name, Organization.state, owners.label("owners"))
        .where(Organization.state.in_(listed))
        .order_by(
            case((Organization.state == OrganizationState.SUSPENDED, 0), else_=1),
            Organization.name,
        )
    )
    return [OrganizationLine(row.slug, row.name, row.state, row.owners) for row in rows]


def select_waiting_applications() -> Select[datetime]:
    """Return the query of since when each application waits."""
    since = func.coalesce(OrganizationApplication.proved_at, OrganizationApplication.created_at)
    return select(since).where(*_waits())


def select_waiting_changes() -> Select[datetime]:
    """Return the query of since when each change waits."""
    return select(OrganizationChange.made_at).where(OrganizationChange.decision.is_(None))


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (
        OrganizationApplication.proved_at.is_not(None),
        OrganizationApplication.decision.is_(None),
    )
