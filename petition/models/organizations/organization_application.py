"""Applications of organizations to become partners."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey, partial_index
from petition.core.database import Base


class StaffDecision(StrEnum):
    """The decision of staff about an application, or about a change of an organization."""

    APPROVED = "approved"
    REFUSED = "refused"


# Decided as a whole or not at all, and with a reason where it is not plain.
DECIDED_WHOLE = (
    "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)"
)
DECISION_KNOWN = "decision IN ('approved', 'refused')"


class OrganizationApplication(Base):
    """An application, by whoever filled in the form; personal, and erased when it is old.

    - ``secret``: of the link that proves ``email``; ``proved_at``: when it was used. From then on
      there is an organization in the state ``applied``, and not before: nobody takes a name, or
      staff's time, with an address that is not theirs.
    - ``domain``: the registered domain that the address shares with ``url``; None where the address
      proves nothing. ``ck_organization_applications_approved_on_proof``: without one, staff say why
      they vouch. ``..._refused_because``: a refusal has its reason.
    - ``campaigns``: slugs of those that it would support. ``language``: of the form.
    """

    __tablename__ = "organization_applications"
    __table_args__ = (
        CheckConstraint(DECISION_KNOWN, name="decision_known"),
        CheckConstraint(DECIDED_WHOLE, name="decided_whole"),
        CheckConstraint("(proved_at IS NULL) = (organization_id IS NULL)", name="proved_is_listed"),
        CheckConstraint("decision IS NULL OR proved_at IS NOT NULL", name="decided_once_proved"),
        CheckConstraint(
            "decision <> 'approved' OR domain IS NOT NULL OR because <> ''",
            name="approved_on_proof",
        ),
        CheckConstraint("decision <> 'refused' OR because <> ''", name="refused_because"),
        partial_index(
            "ix_organization_applications_waiting",
            "proved_at",
            where="proved_at IS NOT NULL AND decision IS NULL",
        ),
    )

    id: Mapped[PrimaryKey]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), unique=True)
    name: Mapped[str]
    url: Mapped[str]
    contact_name: Mapped[str]
    email: Mapped[str] = mapped_column(String(254))
    why: Mapped[str]
    locality: Mapped[str]
    postal_code: Mapped[str] = mapped_column(String(5))
    campaigns: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(5))
    secret: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    domain: Mapped[str | None] = mapped_column(String(253))
    decision: Mapped[str | None] = mapped_column(String(8))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    because: Mapped[str] = mapped_column(default="", server_default="")
