"""Pause: a time in which no letters of one campaign, or of all, are made and sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base


class Pause(Base):
    """A time in which no letter is made and no delivery is started.

    - ``campaign_id`` None: of every campaign. ``ended_at`` None: it is in force.
    - ``for_service``: set by the command line, or by somebody whose role is for the whole service:
      nobody with a role for one campaign resumes it. None, of older ones: as True.
    - ``reason``: one line, as typed by the person who paused; for staff only.
    """

    __tablename__ = "pauses"
    __table_args__ = (
        partial_index(
            "uq_pauses_in_force",
            func.coalesce(text("campaign_id"), text("0")),
            where="ended_at IS NULL",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    for_service: Mapped[bool | None]
