"""The published counts: a snapshot, renewed for a whole campaign at once.

- Both tables are written in one transaction, from one reading of the tallies, at most once in
  PETITION_COUNTS_SECONDS (petition/counting/public_snapshot.py). No page reads a tally.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import partial_index
from petition.core.database import Base


class PublicCount(Base):
    """The published count of a campaign in a district; without a row, none is published.

    - ``people``: as published, so rounded down if counts are; None if it is not shown.
      7, no small count: ``ck_public_counts_people_not_few`` keeps any below ten out of the table.
    - ``reached``: how many times the step was reached.
    """

    __tablename__ = "public_counts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "district_id"], ["tallies.campaign_id", "tallies.district_id"]
        ),
        CheckConstraint("people IS NULL OR people >= 10", name="people_not_few"),
        partial_index(
            "ix_public_counts_shown", "campaign_id", "people", where="people IS NOT NULL"
        ),
    )

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[int | None]
    reached: Mapped[int]


class PublicTotal(Base):
    """The published total of a campaign, and the time at which all its counts were read.

    - ``people``: None if it is not shown; never below ten: ``ck_public_totals_people_not_few``.
    - ``is_exact``: as in petition.counting.progress.Total.
    - ``is_rounded``: the campaign's counts are published in tens, rounded down.
    """

    __tablename__ = "public_totals"
    __table_args__ = (CheckConstraint("people IS NULL OR people >= 10", name="people_not_few"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    people: Mapped[int | None]
    is_exact: Mapped[bool]
    is_rounded: Mapped[bool]
    counted_at: Mapped[datetime]
