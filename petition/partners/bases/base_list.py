"""The bases of an organization: those in use, and those that wait for staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select

from petition.core.extensions import db
from petition.models import Organization, OrganizationBase, OrganizationState, StaffDecision
from petition.models.organizations.organization_base import USABLE

LISTED = (OrganizationState.APPROVED, OrganizationState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class BaseLine:
    """A base; ``latitude``, ``longitude`` in degrees. ``is_approved``: it is in use."""

    id: int
    slug: str
    organization: str
    name: str
    latitude: float
    longitude: float
    asked_at: datetime
    is_approved: bool

    @property
    def place(self) -> str:
        """The name of the place, or where it is in degrees."""
        return self.name or f"{self.latitude:.2f}, {self.longitude:.2f}"


def list_bases(organization_id: int) -> list[BaseLine]:
    """Return the bases of an organization that are in use or wait, the oldest first."""
    return _list(OrganizationBase.organization_id == organization_id)


def list_waiting_bases() -> list[BaseLine]:
    """Return the bases of listed organizations that wait for staff, the oldest first."""
    return _list(OrganizationBase.decision.is_(None), Organization.state.in_(LISTED))


def list_names(organization_id: int) -> list[str]:
    """Return the names of the places where an organization has a base in use, each once."""
    query = (
        select(OrganizationBase.name)
        .where(OrganizationBase.organization_id == organization_id, USABLE)
        .order_by(OrganizationBase.id)
    )
    return list(dict.fromkeys(name for name in db.session.scalars(query) if name))


def select_waiting_bases() -> Select[datetime]:
    """Return the query of since when each base waits for staff."""
    return (
        select(OrganizationBase.asked_at)
        .join(Organization, Organization.id == OrganizationBase.organization_id)
        .where(
            OrganizationBase.decision.is_(None),
            OrganizationBase.ended_at.is_(None),
            Organization.state.in_(LISTED),
        )
    )


def _list(*which: ColumnElement[bool]) -> list[BaseLine]:
    rows = db.session.execute(
        select(OrganizationBase, Organization.slug, Organization.name)
        .join(Organization, Organization.id == OrganizationBase.organization_id)
        .where(
            OrganizationBase.ended_at.is_(None),
            OrganizationBase.decision.is_(None)
            | (OrganizationBase.decision == StaffDecision.APPROVED),
            *which,
        )
        .order_by(OrganizationBase.id)
    )
    return [
        BaseLine(
            base.id,
            slug,
            name,
            base.name,
            base.latitude,
            base.longitude,
            base.asked_at,
            base.decision is not None,
        )
        for base, slug, name in rows
    ]
