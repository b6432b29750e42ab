"""What an organization asks of the signers of a campaign, and what each signer was shown."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base


class ConsentPurpose(StrEnum):
    """The purposes that have a wording of ours; an offer may have another, of one word."""

    UPDATES = "updates"  # news and events of the organization, by e-mail
    CONTACT = "contact"  # its members may look the signer up, and write to them


class ConsentOffer(Base):
    """A wording shown under a campaign's form for one organization and purpose.

    - A wording is never edited (``consent_offers_refuse_rewrite``): a new one is a new row, so that
      each consent refers to the words that its signer saw. ``uq_consent_offers_one_shown``: one is
      shown at a time.
    - ``members``: whom the wording names, of an umbrella group, in its ``ending``. One that is
      shown names those that the organization has (``consent_offers_refuse_other_members``,
      ``organizations_refuse_unnamed_members``), and one that was retired stays so.
    - ``uq_consent_offers_copied``: what the copies in ``consents`` refer to.
    """

    __tablename__ = "consent_offers"
    __table_args__ = (
        CheckConstraint(
            "substr(wording, length(wording) - length(ending) + 1) = ending", name="ending_last"
        ),
        partial_index(
            "uq_consent_offers_one_shown",
            "campaign_id",
            "organization_id",
            "purpose",
            where="retired_at IS NULL",
            unique=True,
        ),
        Index(
            "uq_consent_offers_copied",
            "id",
            "campaign_id",
            "organization_id",
            "purpose",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    wording: Mapped[str]
    ending: Mapped[str] = mapped_column(default="", server_default="")
    members: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class OfferSet(Base):
    """The offers that a campaign showed at one time; a signature names its set.

    - ``offers``: their ids, in order. ``digest``: SHA-256 of these, as hex digits, so that each
      set is stored once for a campaign (``uq_offer_sets_campaign_id_digest``).
    - A set is never changed or deleted (``offer_sets_refuse_update``, ``offer_sets_refuse_delete``)
      and ``signatures.offer_set_id`` has no foreign key: its lock would be part of each signing.
    """

    __tablename__ = "offer_sets"
    __table_args__ = (UniqueConstraint("campaign_id", "digest"),)

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    digest: Mapped[str] = mapped_column(String(64))
    offers: Mapped[list[Any]] = mapped_column(JSON)
