"""The bases of an organization: points that it publishes, from which it looks people up."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base
from petition.models.organizations.organization_application import DECIDED_WHOLE, DECISION_KNOWN

MOST_BASES = 10
IN_USE = "decision = 'approved' AND ended_at IS NULL"
USABLE = text(IN_USE)
WAITING = "decision IS NULL AND ended_at IS NULL"


class OrganizationBase(Base):
    """A base, which staff approve; ``latitude`` and ``longitude`` in degrees.

    - ``name``: of the place, as the organization's page shows it. ``asked_by``, ``decided_by``:
      actors. ``ended_at``: when it was given up, or the request for it.
    - A base never moves, and a decision is made once (``organization_bases_refuse_rewrite``,
      ``organization_bases_refuse_delete``): another point is another row, for staff to approve.
    - ``organization_bases_refuse_many``: MOST_BASES of an organization at most are in use or wait.
      ``uq_organization_bases_point``: each point once.
    """

    __tablename__ = "organization_bases"
    __table_args__ = (
        CheckConstraint(DECISION_KNOWN, name="decision_known"),
        CheckConstraint(DECIDED_WHOLE, name="decided_whole"),
        CheckConstraint("decision <> 'refused' OR because <> ''", name="refused_because"),
        CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"
        ),
        partial_index(
            "uq_organization_bases_point",
            "organization_id",
            "latitude",
            "longitude",
            where="ended_at IS NULL AND (decision IS NULL OR decision = 'approved')",
            unique=True,
        ),
        partial_index("ix_organization_bases_waiting", "asked_at", where=WAITING),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(default="", server_default="")
    latitude: Mapped[float]
    longitude: Mapped[float]
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(8))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    because: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[datetime | None]
