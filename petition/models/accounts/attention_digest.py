"""Which accounts of staff get an e-mail of what waits for a person."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class AttentionDigest(Base):
    """An account that switched the digest on; without a row it gets none.

    - ``planned_on``: the day, in UTC, of its last digest: at most one a day.
    """

    __tablename__ = "attention_digests"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    chosen_at: Mapped[datetime]
    planned_on: Mapped[date | None]
