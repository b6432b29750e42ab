"""Placement: where a signature lies, and where one in review could lie."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId
from petition.core.database import Base


class Placement(Base):
    """A district that a signature was found to lie in, and how.

    - Of a layer there are several where its districts lie over each other; see District.overlays.
    - ``found_by``: see petition.locating.outcomes.FoundBy; ``staff`` where a person settled it.
    """

    __tablename__ = "placements"
    __table_args__ = {"sqlite_with_rowid": False}

    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    layer: Mapped[str] = mapped_column(String(8))
    found_by: Mapped[str] = mapped_column(String(16))


class Candidate(Base):
    """A district that a signature in review could lie in."""

    __tablename__ = "candidates"
    __table_args__ = {"sqlite_with_rowid": False}

    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
