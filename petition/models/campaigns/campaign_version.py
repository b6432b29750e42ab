"""The versions of a campaign's definition, which of them is in force, and the draft of the next."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

LONGEST_NOTE = 300  # characters
LONGEST_ACTOR = 40


class CampaignVersion(Base):
    """A campaign's definition as one change left it; the first is that of its creation.

    - ``definition``: TOML as docs/campaigns.md describes it, every field that is not empty.
      ``actor``: as in events. ``note``: one line about the change, possibly empty.
    - A row is never changed or deleted (``campaign_versions_refuse_change``,
      ``campaign_versions_refuse_delete``); each number once
      (``uq_campaign_versions_campaign_id_number``).
    """

    __tablename__ = "campaign_versions"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("number >= 1", name="number_counted"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    number: Mapped[int]
    definition: Mapped[str]
    actor: Mapped[str] = mapped_column(String(LONGEST_ACTOR))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", server_default="")
    made_at: Mapped[datetime]


class CampaignHead(Base):
    """The version that a campaign is in; a row from its first version on.

    - A change of the definition, in whatever table it is, makes ``version_id`` negative
      (``campaigns_need_version``, ``campaign_organizations_need_version_*``,
      ``campaign_bills_need_version_*``). There is no such version, so the transaction cannot commit
      (a deferred foreign key) before it has named another, which must be newer than the last
      (``campaign_heads_refuse_older``).
    - A row is never deleted (``campaign_heads_refuse_delete``).
    """

    __tablename__ = "campaign_heads"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    version_id: Mapped[int] = mapped_column(
        ForeignKey("campaign_versions.id", deferrable=True, initially="DEFERRED")
    )


class CampaignDraft(Base):
    """A stored state of the draft of a campaign's next version; the latest ``revision`` is it.

    - ``base``: the number of the version that it was made from. ``definition``: as in versions.
    - Two people who save at once make one row (``uq_campaign_drafts_campaign_id_revision``). All
      rows of a campaign end when the draft is published or discarded.
    """

    __tablename__ = "campaign_drafts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "revision"),
        CheckConstraint("revision >= 1", name="revision_counted"),
        CheckConstraint("base >= 0", name="base_counted"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    revision: Mapped[int]
    base: Mapped[int]
    definition: Mapped[str]
    actor: Mapped[str] = mapped_column(String(LONGEST_ACTOR))
    saved_at: Mapped[datetime]
