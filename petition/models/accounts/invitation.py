"""Invitations of people to an account or a role, by e-mail."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, one_of
from petition.core.database import Base
from petition.models.accounts.user import SCOPE_FITS, RoleName


class Invitation(Base):
    """An invitation of an e-mail address to a role; its link works once.

    - ``secret``: of the link, replaced when it is sent again: the earlier link is then void.
    - ``ck_invitations_ended_once``: accepted by ``user_id``, or called back, never both.
    - ``invited_by``: the actor, as in events.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        one_of("role", RoleName),
        CheckConstraint(SCOPE_FITS, name="scope_fits"),
        CheckConstraint("accepted_at IS NULL OR called_back_at IS NULL", name="ended_once"),
        CheckConstraint("(accepted_at IS NULL) = (user_id IS NULL)", name="accepted_by_one"),
        Index("ix_invitations_email", "email"),
    )

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    secret: Mapped[bytes] = mapped_column(LargeBinary(16))
    invited_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    called_back_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
