"""EventArchive: events that were moved out of the database into a file of the content store."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey
from petition.core.database import Base


class EventArchive(Base):
    """One file of events of one month, in the order of their ids.

    - 9, append-only: ``events_refuse_delete`` allows an event to be deleted only if a row of this
      table has its id and its month; ``event_archives_refuse_delete`` and
      ``event_archives_refuse_update`` protect that row: only ``emptied_at`` changes, once its
      events are deleted.
    - ``id``: 1, 2, ...; ``previous`` is the ``sha256`` of the archive before, with which the file
      begins: a change of one file requires a change of all later ones (``petition events verify``).
    - ``month``: as 2026-09, in UTC. ``subjects``: the lowest and highest ``subject_id`` of each
      subject, so that a search for one row opens few files.
    """

    __tablename__ = "event_archives"
    __table_args__ = (
        CheckConstraint("(id = 1) = (previous IS NULL)", name="chained"),
        CheckConstraint("events > 0 AND first_id <= last_id", name="not_empty"),
    )

    id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    month: Mapped[str] = mapped_column(String(7))
    first_id: Mapped[int] = mapped_column(BigId)
    last_id: Mapped[int] = mapped_column(BigId)
    events: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    previous: Mapped[str | None] = mapped_column(String(64), unique=True)
    subjects: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    emptied_at: Mapped[datetime | None]
