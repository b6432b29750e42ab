"""Event: the append-only trail of who did what to which row, and when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, BigPrimaryKey
from petition.core.database import Base


class Event(Base):
    """One action or change.

    - 9, append-only: the triggers ``events_refuse_update`` and ``events_refuse_delete``, which
      allows only the deletion of events in an archive (EventArchive).
    - Ids begin at 1 (``events_refuse_low_id``), as the chain does.
    - ``actor``: ``system``, ``signer``, ``cli``, ``staff:<id>``, or ``visitor`` for a person who is
      not signed in on the staff pages; never a name.
    - ``detail`` contains ids, numbers and codes only.
    - The delivery log is the events whose ``subject`` is ``delivery``.
    """

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject", "subject", "subject_id", "id"),)

    id: Mapped[BigPrimaryKey]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigId)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
