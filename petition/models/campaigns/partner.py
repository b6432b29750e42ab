"""Partner organizations, and which campaigns they support."""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, one_of
from petition.core.database import Base


class Organization(Base):
    """A partner group of the coalition; ``slug`` is its name in form fields.

    - ``latitude`` and ``longitude``: of its base, which it publishes itself.
    - ``logo``: a picture of the type ``logo_type``, served from our own host.
    """

    __tablename__ = "organizations"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str]
    url: Mapped[str | None]
    locality: Mapped[str] = mapped_column(default="", server_default="")
    about: Mapped[str] = mapped_column(default="", server_default="")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str | None] = mapped_column(String(20))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class OrganizationRole(StrEnum):
    """The role of an organization in a campaign."""

    OWNER = "owner"  # sends the letter: its name is part of what people sign
    PARTNER = "partner"  # supports the campaign: its logo is on the campaign's page


class CampaignOrganization(Base):
    """An organization of a campaign, in one role; it may have both.

    - ``name``: an owner's, as people sign it, also if the organization is renamed later; None for a
      partner. ``organization_id``: None for an owner that is not an organization of the list.
    - 9, what people sign is frozen: each later change of the owners sets another
      ``Campaign.text_version`` (``campaign_organizations_text_*``), which
      ``campaigns_refuse_mending_signed`` refuses once anyone has signed.
    """

    __tablename__ = "campaign_organizations"
    __table_args__ = (
        one_of("role", OrganizationRole),
        CheckConstraint("(role = 'owner') = (name IS NOT NULL)", name="owner_named"),
        CheckConstraint("role = 'owner' OR organization_id IS NOT NULL", name="partner_listed"),
        UniqueConstraint("campaign_id", "organization_id", "role"),
        UniqueConstraint("campaign_id", "name"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    role: Mapped[str] = mapped_column(String(7))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    name: Mapped[str | None]
