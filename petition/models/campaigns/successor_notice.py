"""Successor notice: the signers of a campaign were told of the one that follows it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class SuccessorNotice(Base):
    """All signers of a campaign who asked for it have a mail about its successor.

    - At most one for a campaign and a successor: the primary key.
    """

    __tablename__ = "successor_notices"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    notified_at: Mapped[datetime]
