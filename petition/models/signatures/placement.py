"""Placement: the districts of a signature, and the possible districts of one in review."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId
from petition.core.database import Base


class Placement(Base):
    """A district in which a signature was located, and how.

    - There are several of one layer if its districts overlap; see District.overlays.
    - ``found_by``: see petition.locating.outcomes.FoundBy; ``staff`` if a person decided it.
    """

    __tablename__ = "placements"
    __table_args__ = {"sqlite_with_rowid": False}

    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    layer: Mapped[str] = mapped_column(String(8))
    found_by: Mapped[str] = mapped_column(String(16))


class Candidate(Base):
    """A possible district of a signature in review."""

    __tablename__ = "candidates"
    __table_args__ = {"sqlite_with_rowid": False}

    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
