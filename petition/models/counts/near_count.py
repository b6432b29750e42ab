"""NearCount: how many have signed in an area, as organizations are told, as of a day."""

from datetime import date

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base

# The row that says which day was counted, also if no area has a number.
WHOLE = "all"


class NearCount(Base):
    """How many signatures an area of the map (an H3 cell of resolution 4) has, in all campaigns.

    - The same for every organization. Renewed once a day (UTC), from what the public pages tell
      (AreaCount), so that it tells nothing that they do not.
    - 7, no small count: ``ck_near_counts_people_in_tens``, and an area has ten at least
      (``ck_near_counts_area_told``); only the row ``WHOLE`` has 0.
    """

    __tablename__ = "near_counts"
    __table_args__ = (
        CheckConstraint("people >= 0 AND people % 10 = 0", name="people_in_tens"),
        CheckConstraint(f"(area = '{WHOLE}') = (people = 0)", name="area_told"),
    )

    area: Mapped[str] = mapped_column(String(15), primary_key=True)
    people: Mapped[int]
    day: Mapped[date]
