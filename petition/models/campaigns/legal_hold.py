"""LegalHold: while one is in force, no retention removes anything of its campaign."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, exists, text
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

_IN_FORCE = text("released_at IS NULL")


class LegalHold(Base):
    """A hold of one campaign; at most one is in force (``uq_legal_holds_in_force``).

    - ``reason``: for staff, without personal data. ``held_by``, ``released_by``: actors of events.
    - Never deleted, and changed only by its release: ``legal_holds_refuse_delete`` and
      ``legal_holds_refuse_change``.
    """

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint(
            "(released_by IS NULL) = (released_at IS NULL)", name="released_by_somebody"
        ),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        Index(
            "uq_legal_holds_in_force",
            "campaign_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    reason: Mapped[str] = mapped_column(String(500))
    held_by: Mapped[str] = mapped_column(String(40))
    held_at: Mapped[datetime]
    released_by: Mapped[str | None] = mapped_column(String(40))
    released_at: Mapped[datetime | None]

    @classmethod
    def spares(cls, campaign_id: Any) -> ColumnElement[bool]:
        """Return the condition that no hold is in force for a campaign, given by its column.

        - The one rule that each step of retention about a campaign contains.
        """
        return ~exists().where(cls.campaign_id == campaign_id, cls.released_at.is_(None))

    @classmethod
    def is_none_in_force(cls) -> ColumnElement[bool]:
        """Return the condition that no campaign is held: for data of which none is known."""
        return ~exists().where(cls.released_at.is_(None))
