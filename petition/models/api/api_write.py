"""Writes by the API that carry an ``Idempotency-Key``, kept for a day."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class ApiWrite(Base):
    """One write of a token under one key: ``pk_api_writes`` lets it begin once.

    - ``key`` and ``request``: keyed hashes of the header, and of the address with the body.
    - ``status`` and ``answer``: what was answered, nothing personal; None while it is being done.
    """

    __tablename__ = "api_writes"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (answer IS NULL)", name="answered_whole"),
        Index("ix_api_writes_started_at", "started_at"),
    )

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    request: Mapped[bytes] = mapped_column(LargeBinary(32))
    started_at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
