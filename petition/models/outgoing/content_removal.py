"""Removals of content from its store: requested in a transaction, done after its commit."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import partial_index
from petition.core.database import Base


class ContentRemoval(Base):
    """A request to remove content from its store, since nothing refers to it.

    - No transaction is open during a request to a store, so bytes are removed after the commit. As
      long as there is a row, the same bytes are not filed again: they may be removed at any time.
    - ``done_at`` None: not done yet by the process that wrote ``asked_at``; another takes it over
      later (petition/letters/removals.py).
    """

    __tablename__ = "content_removals"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_is_hex"),
        partial_index(
            "ix_content_removals_asked",
            "asked_at",
            where="done_at IS NULL",
        ),
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
