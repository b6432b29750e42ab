"""Boundary sets, the districts in them, and their shapes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import PrimaryKey, one_of, partial_index
from petition.core.database import Base
from petition.postal.us_states import BY_CODE


class Layer(StrEnum):
    """The layers whose districts elect officials; a ``state`` is one district."""

    COUNTY = "county"
    PLACE = "place"
    COUSUB = "cousub"
    SLDU = "sldu"
    SLDL = "sldl"
    CD = "cd"
    STATE = "state"


# ZIP code areas are stored as boundary sets too, and are never a campaign's layer.
ZCTA = "zcta"


class BoundaryState(StrEnum):
    """Whether a boundary set is used for matching."""

    LOADED = "loaded"
    ACTIVE = "active"
    RETIRED = "retired"


class BoundarySet(Base):
    """The polygons of a layer as of a date, for a scope (``us`` or a state such as ``ma``).

    - ``uq_boundary_sets_one_active``: one set of a layer and scope is in force at a time.
    - ``digest``: SHA-256 (hex) over all shapes; names the file in which a host caches them.
    - ``approved_at``: when it was decided that a loaded set is activated on ``in_force_from``; the
      scheduler does that on the day.
    - ``compared``: the result of its last dry run; see petition.redistricting.dry_run.
    """

    __tablename__ = "boundary_sets"
    __table_args__ = (
        one_of("state", BoundaryState),
        partial_index(
            "uq_boundary_sets_one_active", "layer", "scope", where="state = 'active'", unique=True
        ),
    )

    id: Mapped[PrimaryKey]
    layer: Mapped[str] = mapped_column(String(8))
    scope: Mapped[str] = mapped_column(String(2))
    source: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default=BoundaryState.LOADED)
    approved_at: Mapped[datetime | None]
    compared: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    in_force_from: Mapped[date | None]
    in_force_until: Mapped[date | None]
    created_at: Mapped[datetime]


class District(Base):
    """An area with an Open Civic Data division id, in one boundary set.

    - ``name`` in common use ("Middlesex County"); ``state`` the postal abbreviation ("MA").
    - ``geoid`` the Census id (``25017``).
    - ``overlays``: it overlaps other districts of its layer, which have seats of their own (a
      floterial of New Hampshire); people who live there are counted in both.
    - ``in_force``: people are matched to it now. Its set is active and, if that set is the
      country's, its state has no set of its own; ``activate_set`` keeps both consistent.
    """

    __tablename__ = "districts"
    __table_args__ = (
        UniqueConstraint("boundary_set_id", "division_id"),
        UniqueConstraint("boundary_set_id", "geoid"),
        Index("ix_districts_division_id", "division_id"),
        partial_index("ix_districts_in_force", "layer", "geoid", where="in_force"),
        partial_index("ix_districts_overlays", "layer", where="overlays"),
    )

    id: Mapped[PrimaryKey]
    boundary_set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"))
    layer: Mapped[str] = mapped_column(String(8))
    division_id: Mapped[str]
    geoid: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(2))
    in_force: Mapped[bool] = mapped_column(default=False, server_default=false())
    overlays: Mapped[bool] = mapped_column(default=False, server_default=false())

    boundary_set: Mapped[BoundarySet] = relationship()

    def say(self, language: str = "en") -> str:
        """Return the name for a sentence: "the First Essex District", "Middlesex County"."""
        return say_district(self.name, language)

    @property
    def state_name(self) -> str:
        """The state's name in full."""
        return BY_CODE[self.state].name


def say_district(name: str, language: str = "en") -> str:
    """Return a district's name for a sentence; in English with an article before a District."""
    return f"the {name}" if language.startswith("en") and name.endswith(" District") else name


class DistrictShape(Base):
    """The polygon of a district as WKB (longitude, latitude in degrees, NAD83 or WGS84).

    A table of its own, so that reading a district does not read its thousands of vertices.
    """

    __tablename__ = "district_shapes"

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    wkb: Mapped[bytes] = mapped_column(LargeBinary)


class PostalDistrict(Base):
    """A district that overlaps a ZIP code's area.

    - ``share``: the part of the area that is in it, 1 if the whole area is; None if only the ZIP's
      point is known, and the district is one of those around it.
    - Computed again whenever the boundary set or the polygons of the ZIP areas change.
    """

    __tablename__ = "postal_districts"
    __table_args__ = (
        CheckConstraint("share > 0 AND share <= 1", name="share_is_a_part"),
        Index("ix_postal_districts_district_id", "district_id"),
        {"sqlite_with_rowid": False},
    )

    postal_code: Mapped[str] = mapped_column(String(5), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    share: Mapped[float | None]
