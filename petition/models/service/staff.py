"""Staff accounts and their roles, with the columns that Flask-Security requires."""

from enum import StrEnum

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import PrimaryKey
from petition.core.database import Base


class RoleName(StrEnum):
    """The permissions of a member of staff."""

    VIEWER = "viewer"  # reads the delivery log
    OPERATOR = "operator"  # retries and resolves deliveries
    ADMIN = "admin"


roles_users = Table(
    "roles_users",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A role; its name is one of RoleName."""

    __tablename__ = "roles"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(20), unique=True)


class User(Base, UserMixin):
    """A member of staff; sessions contain ``fs_uniquifier``, so changing it ends them."""

    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment] # the base says RoleMixin
        secondary=roles_users
    )
