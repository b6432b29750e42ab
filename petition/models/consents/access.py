"""Access: that an organization took data of people, and of whom."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, BigPrimaryKey, one_of
from petition.core.database import Base


class AccessKind(StrEnum):
    """By which road data was taken."""

    LOOKUP = "lookup"
    EXPORT = "export"
    API = "api"
    RELAY = "relay"


class Access(Base):
    """That somebody of an organization took data of people; its owners read these as their log.

    - ``actor``: ``partner:<user>``, ``token:<id>`` or ``staff:<id>``. ``filters``: by what was
      looked for, without personal data. ``people``: of how many.
    - Never changed or deleted (``accesses_refuse_update``, ``accesses_refuse_delete``).
    """

    __tablename__ = "accesses"
    __table_args__ = (
        one_of("kind", AccessKind),
        CheckConstraint("people >= 0", name="people_counted"),
    )

    id: Mapped[BigPrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    actor: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(6))
    purpose: Mapped[str] = mapped_column(String(20))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    people: Mapped[int]
    at: Mapped[datetime]


class AccessPerson(Base):
    """Whose data an access took: the consent that allowed it.

    - 7, no consent, no data: ``access_people_refuse_unseen`` lets nobody be written down whom this
      organization could not see for this purpose at that moment.
    - Deleted when the signature is erased: the signer reads it until then.
    """

    __tablename__ = "access_people"

    access_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("accesses.id"), primary_key=True, autoincrement=False
    )
    consent_id: Mapped[int] = mapped_column(
        ForeignKey("consents.id"), primary_key=True, autoincrement=False, index=True
    )
