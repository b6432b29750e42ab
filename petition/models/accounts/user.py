"""Accounts and the roles that they were granted, with the columns that Flask-Security requires."""

from datetime import datetime
from enum import StrEnum

from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import PrimaryKey, one_of, partial_index
from petition.core.database import Base


class RoleName(StrEnum):
    """A set of permissions (petition/accounts/permissions.py)."""

    ADMIN = "admin"
    CAMPAIGNER = "campaigner"
    REVIEWER = "reviewer"
    READER = "reader"
    OWNER = "owner"
    ORGANIZER = "organizer"
    VIEWER = "viewer"


# Of staff, for the whole service or one campaign; and of a partner organization's members.
STAFF_ROLES = (RoleName.ADMIN, RoleName.CAMPAIGNER, RoleName.REVIEWER, RoleName.READER)
GROUP_ROLES = (RoleName.OWNER, RoleName.ORGANIZER, RoleName.VIEWER)


def _list(roles: tuple[RoleName, ...]) -> str:
    return ", ".join(f"'{role.value}'" for role in roles)


# A staff role has no organization; a group role has one, and no campaign.
SCOPE_FITS = (
    f"(role IN ({_list(STAFF_ROLES)}) AND organization_id IS NULL)"
    f" OR (role IN ({_list(GROUP_ROLES)})"
    " AND organization_id IS NOT NULL AND campaign_id IS NULL)"
)


class RoleGrant(Base, RoleMixin):
    """A role of an account, for the whole service, one campaign or one organization.

    - ``ck_role_grants_scope_fits``: the scope is one that the role can have. A partial unique index
      for each kind of scope: a role is granted once.
    - ``granted_by``: the actor, as in events.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        one_of("role", RoleName),
        CheckConstraint(SCOPE_FITS, name="scope_fits"),
        partial_index(
            "uq_role_grants_service",
            "user_id",
            "role",
            unique=True,
            where="campaign_id IS NULL AND organization_id IS NULL",
        ),
        partial_index(
            "uq_role_grants_campaign",
            "user_id",
            "role",
            "campaign_id",
            unique=True,
            where="campaign_id IS NOT NULL",
        ),
        partial_index(
            "uq_role_grants_organization",
            "user_id",
            "role",
            "organization_id",
            unique=True,
            where="organization_id IS NOT NULL",
        ),
        Index("ix_role_grants_organization_id", "organization_id"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(10))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(40))

    @property
    def name(self) -> str:  # type: ignore[override] # the base only reads it
        """The role's name, as Flask-Security reads it."""
        return self.role


class User(Base, UserMixin):
    """An account, of staff or of partners; changing ``fs_uniquifier`` ends its sessions."""

    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)

    roles: Mapped[list[RoleGrant]] = relationship(  # type: ignore[assignment] # the base says RoleMixin
        order_by=RoleGrant.id
    )

    @property
    def has_staff_role(self) -> bool:
        """Whether it has a role of staff."""
        return any(grant.role in STAFF_ROLES for grant in self.roles)
