"""Partner organizations, and which campaigns they support."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, one_of
from petition.core.database import Base
from petition.models.states import OrganizationState


class Organization(Base):
    """A partner group of the coalition; ``slug`` is its name in form fields.

    - ``state``: only an approved one is shown anywhere, or looks anything up;
      ``organizations_refuse_change`` keeps to ORGANIZATION_TRANSITIONS.
    - ``locality``: where it is, in words; its bases are rows of OrganizationBase. ``reach_km``: how
      far around each base it works, or ``reach_divisions``: the ids of the divisions in which it
      does (``organizations_refuse_two_reaches``); neither: it says nothing about that.
    - ``logo``: a picture of the type ``logo_type``, served from our own host.
    - ``offering``: what people find there. ``contact_...``: whom they can ask; all shown publicly.
    - ``members``: the names of the groups that an umbrella group stands for.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        one_of("state", OrganizationState),
        CheckConstraint("reach_km BETWEEN 1 AND 500", name="reach_km_sensible"),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str]
    url: Mapped[str | None]
    locality: Mapped[str] = mapped_column(default="", server_default="")
    about: Mapped[str] = mapped_column(default="", server_default="")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(
        String(9), default=OrganizationState.APPROVED, server_default="approved"
    )
    offering: Mapped[str] = mapped_column(default="", server_default="")
    contact_name: Mapped[str] = mapped_column(default="", server_default="")
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    reach_km: Mapped[int | None]
    reach_divisions: Mapped[list[str]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )
    members: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))


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
