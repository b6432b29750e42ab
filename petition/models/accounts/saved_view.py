"""SavedView: filters of the delivery log that an account keeps under a name."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base

LONGEST_VIEW_NAME = 60  # characters


class SavedView(Base):
    """A query of known filters, as an address has it; only its account sees it.

    - ``uq_saved_views_user_id_name``: one of a name. ``ck_saved_views_named``: it has one.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("user_id", "name"),
        CheckConstraint("name <> ''", name="named"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(LONGEST_VIEW_NAME))
    query: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
