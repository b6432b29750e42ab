"""Bills, and the relation of each to a campaign: a bill gets a new number in each session."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import PrimaryKey, one_of, partial_index
from petition.core.database import Base


class BillRelation(StrEnum):
    """The relation of a bill to a campaign."""

    SUBJECT = "subject"  # the letter is about it
    COMPANION = "companion"  # the same bill in the other chamber
    PRIOR = "prior"  # the same bill in an earlier session
    REPLACES = "replaces"  # the bill that the subject replaces


class Bill(Base):
    """A bill of a session, as campaigns define it; campaigns with the same values share a row.

    - ``identifier``: its number, as in ``S.1234``. ``jurisdiction`` and ``session``: those that
      assigned the number; None if not given.
    - A row is never changed (``bills_refuse_change``): people have signed its text. A campaign with
      other values gets another row.
    """

    __tablename__ = "bills"
    __table_args__ = (
        CheckConstraint(
            "identifier IS NOT NULL OR title IS NOT NULL OR url IS NOT NULL", name="told"
        ),
        Index("ix_bills_identifier", "identifier"),
    )

    id: Mapped[PrimaryKey]
    jurisdiction: Mapped[str | None]
    session: Mapped[str | None]
    identifier: Mapped[str | None]
    title: Mapped[str | None]
    url: Mapped[str | None]


class CampaignBill(Base):
    """A bill of a campaign; at most one is its subject (``uq_campaign_bills_one_subject``).

    - 9, what people sign is frozen: for a subject with another number or title,
      ``campaign_bills_text_*`` set another ``Campaign.text_version``, which is refused once anyone
      has signed.
    """

    __tablename__ = "campaign_bills"
    __table_args__ = (
        one_of("relation", BillRelation),
        UniqueConstraint("campaign_id", "bill_id", "relation"),
        partial_index(
            "uq_campaign_bills_one_subject",
            "campaign_id",
            where="relation = 'subject'",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"))
    relation: Mapped[str] = mapped_column(String(9))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    bill: Mapped[Bill] = relationship(lazy="joined", innerjoin=True)
