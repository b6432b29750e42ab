"""FeedCursor: up to where an organization has applied the changes of its consents."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class FeedCursor(Base):
    """The number of the last change that an organization says it has applied, and when it said so.

    - It only goes forward (``feed_cursors_refuse_back``).
    """

    __tablename__ = "feed_cursors"
    __table_args__ = (CheckConstraint("applied_number > 0", name="number_positive"),)

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True, autoincrement=False
    )
    applied_number: Mapped[int]
    applied_at: Mapped[datetime]
