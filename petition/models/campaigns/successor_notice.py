"""Successor notice: a record that the signers of a campaign are notified of its successor."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class SuccessorNotice(Base):
    """The mails about its successor are planned for all signers of a campaign who asked for one.

    - At most one row for a campaign and a successor: the primary key.
    """

    __tablename__ = "successor_notices"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    notified_at: Mapped[datetime]
