"""What waits for a person, by cause: who took it, until when it is deferred."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base

OPEN_WHERE = "ended_at IS NULL"
LONGEST_KEY = 80
LONGEST_DETAIL = 200


class AttentionCause(Base):
    """One cause, for as long as it lasts; another time it is the same row.

    - ``uq_attention_causes_key``: ``key`` is made of ``name`` (of its source), the campaign and
      ``subject`` (a code, such as that of a lane), and never changes.
    - ``number``: how many rows it touches, as last read at ``read_at``; ``since``: how long the
      oldest has waited. ``found_at``: when the cause began.
    - ``deferred_number``: how many it touched, at the least, since it was deferred. One that has
      grown is deferred no more: ``ck_attention_causes_deferred_not_grown``.
    - ``ck_attention_causes_ended_is_free``: one that ended is nobody's, and not deferred. Notes are
      events.
    - ``told_at``: when those who asked for it were told by e-mail that it cannot wait.
    - ``version``: rises with each assignment and deferral, so that nobody decides unseen over
      another's decision.
    """

    __tablename__ = "attention_causes"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number_counted"),
        CheckConstraint("(assigned_to IS NULL) = (assigned_at IS NULL)", name="assigned_dated"),
        CheckConstraint(
            "(deferred_until IS NULL) = (deferred_number IS NULL)", name="deferred_counted"
        ),
        CheckConstraint(
            "deferred_number IS NULL OR number <= deferred_number", name="deferred_not_grown"
        ),
        CheckConstraint(
            "ended_at IS NULL OR (assigned_to IS NULL AND deferred_until IS NULL)",
            name="ended_is_free",
        ),
        partial_index("ix_attention_causes_open", "name", where=OPEN_WHERE),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(20))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    subject: Mapped[str] = mapped_column(String(20), default="", server_default="")
    number: Mapped[int]
    since: Mapped[datetime]
    detail: Mapped[str] = mapped_column(String(LONGEST_DETAIL), default="", server_default="")
    found_at: Mapped[datetime]
    read_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assigned_at: Mapped[datetime | None]
    deferred_until: Mapped[datetime | None]
    deferred_number: Mapped[int | None]
    told_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
