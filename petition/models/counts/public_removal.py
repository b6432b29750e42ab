"""PublicRemoval: how many signatures have left a campaign's count, as the public is told."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import one_of
from petition.core.database import Base


class RemovalKind(StrEnum):
    """Why signatures left the count."""

    LEFT = "left"  # their signers withdrew them, or had them erased
    CHECKED = "checked"  # staff removed them after a check
    READ = "read"  # none: until which day the two others have been counted


class PublicRemoval(Base):
    """The signatures that left a campaign's count from one day to before another, in UTC.

    - A period ends only once its number has reached a level, so no row is of a few people
      (petition/counting/public_removals.py). A row never changes.
    - 7, no small count: ``ck_public_removals_people_in_tens``, and ten at least
      (``ck_public_removals_number_told``). ``ck_public_removals_days_in_order``.
    - A row of kind ``read`` has no number; there is one for a campaign, which moves on each day.
    """

    __tablename__ = "public_removals"
    __table_args__ = (
        one_of("kind", RemovalKind),
        CheckConstraint("people >= 0 AND people % 10 = 0", name="people_in_tens"),
        CheckConstraint("(kind = 'read') = (people = 0)", name="number_told"),
        CheckConstraint("since <= until", name="days_in_order"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date]
    people: Mapped[int]
