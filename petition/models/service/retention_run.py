"""RetentionRun: the log of what retention erased, and when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, false
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from petition.core.columns import PrimaryKey
from petition.core.database import Base


class RetentionRun(Base):
    """One run that erased something, failed, or was started by a person.

    - ``actor``: ``retention`` for the reconciler, ``cli``, or ``staff:<id>``.
    - ``ended_at``: NULL while it runs, and for one that was killed.
    - ``counts``: erased by kind; ``failed``: the kinds that failed; ``late``: time ran out.
    """

    __tablename__ = "retention_runs"

    id: Mapped[PrimaryKey]
    actor: Mapped[str] = mapped_column(String(40))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    failed: Mapped[list[str]] = mapped_column(JSON, default=list)
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
