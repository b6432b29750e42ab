"""BrakeLimit: a limit of the brake that one campaign has instead of the service's."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base

OTHERS = ("letters_a_day", "quick_minutes")  # the names of limits that are no share


class BrakeLimit(Base):
    """One limit of one campaign, by its name in petition/core/brake_limits.py.

    - ``value``: a share in percent, letters, or minutes; NULL: this check holds nothing.
    - What a setting may say is also what a campaign may: ``ck_brake_limits_value_in_range``.
    """

    __tablename__ = "brake_limits"
    __table_args__ = (
        CheckConstraint(
            "CASE name WHEN 'quick_minutes' THEN value IS NOT NULL AND value BETWEEN 1 AND 1440"
            " WHEN 'letters_a_day' THEN value IS NULL OR value BETWEEN 1 AND 10000"
            " ELSE value IS NULL OR value BETWEEN 1 AND 100 END",
            name="value_in_range",
        ),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[float | None]
