"""Process: a running worker or scheduler, and the time of its last beat."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import one_of
from petition.core.database import Base


class ProcessRole(StrEnum):
    """The role of a background process."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


class Process(Base):
    """A background process; its row is deleted as it ends, and becomes stale if it was killed.

    - ``key``: random, so that a process id that the system reuses is a different process.
    - ``stages``: those whose queues a worker listens to, separated by spaces; '' for a scheduler.
    - ``started_at`` and ``beat_at`` are from the database's clock, not from the host's.
    - ``clock_ahead``: seconds by which its host's clock was ahead of the database's.
    - ``seals_with``: the id of its first data key; NULL for a process from before ids were stored.
    """

    __tablename__ = "processes"
    __table_args__ = (one_of("role", ProcessRole), Index("ix_processes_host", "host", "role"))

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    stages: Mapped[str] = mapped_column(String(120), default="")
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    clock_ahead: Mapped[float]
    seals_with: Mapped[bytes | None] = mapped_column(LargeBinary(4))
