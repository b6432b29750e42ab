"""Process: a worker or scheduler that runs, and when it last said so."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import one_of
from petition.core.database import Base


class ProcessRole(StrEnum):
    """What a process of the background does."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


class Process(Base):
    """A process of the background; its row goes as it ends, and grows old where it was killed.

    - ``key``: random, so that a number that the system gives out again is another process.
    - ``stages``: those whose queues a worker listens to, with a space between; '' of a scheduler.
    - ``started_at`` and ``beat_at`` are of the database's own clock, whatever a host's says.
    - ``clock_ahead``: seconds by which its host's clock was ahead of the database's.
    - ``seals_with``: the id of its first data key; NULL for one of before there were ids here.
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
