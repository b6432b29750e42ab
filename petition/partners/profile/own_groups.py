"""The organizations in which an account has a role."""

from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Organization, RoleGrant


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """An organization of the signed-in account."""

    id: int
    slug: str
    name: str
    roles: tuple[str, ...]


def find_own_group(user_id: int, slug: str) -> OwnGroup | None:
    """Return an organization by its slug; None where the account has no role in it."""
    rows = db.session.execute(
        select(Organization.id, Organization.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.organization_id == Organization.id)
        .where(Organization.slug == slug, RoleGrant.user_id == user_id)
        .order_by(RoleGrant.id)
    ).all()
    if not rows:
        return None
    return OwnGroup(rows[0].id, slug, rows[0].name, tuple(row.role for row in rows))
