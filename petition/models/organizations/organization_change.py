"""Changes of an organization that wait for staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base
from petition.models.organizations.organization_application import DECIDED_WHOLE, DECISION_KNOWN


class OrganizationChange(Base):
    """A change of what signers consented to, which an owner asked for: a name, a base, members.

    - ``values``: by column of the organization; the others stay. ``made_by``: the actor.
    - ``uq_organization_changes_waiting``: one waits at a time; a later one replaces its values.
    """

    __tablename__ = "organization_changes"
    __table_args__ = (
        CheckConstraint(DECISION_KNOWN, name="decision_known"),
        CheckConstraint(DECIDED_WHOLE, name="decided_whole"),
        CheckConstraint("decision <> 'refused' OR because <> ''", name="refused_because"),
        partial_index(
            "uq_organization_changes_waiting",
            "organization_id",
            where="decision IS NULL",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(8))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    because: Mapped[str] = mapped_column(default="", server_default="")
