"""A state's districts as a drawing: outlines in integer units, small enough to embed in a page.

- Districts are simplified together, so that no gap opens between neighbors.
- Equirectangular projection with longitudes scaled by the cosine of the middle latitude; the
  distortion is not visible at the size of a state.
- A drawing depends on its boundary set alone; each process caches it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.boundaries.active_sets import list_active_sets
from petition.boundaries.boundary_sets import COUNTRY
from petition.boundaries.shapes import Geometries
from petition.core.extensions import db, keep_for_app
from petition.models import District, DistrictShape

# The longer side of a drawing, in its units. At 800 pixels a unit is a fifth of one.
LONGEST_SIDE = 4000
# The tolerance of simplification, in units: the side of a square, as shapely defines it. About a
# pixel for a static picture, less for one that can be zoomed.
COARSE, FINE = 5.0, 3.0
# Islands and ponds below this many square units are left out: about a pixel.
SPECK = 30.0
DRAWINGS_KEPT = 64
EXTENSION = "hundredth-drawings"

Floats = NDArray[np.float64]
Ring = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outline:
    """A district as it is drawn.

    - ``polygons``: for each part its outer ring and its holes, in units from the upper left, open
      (the first point is not repeated). ``middle``: a point well inside.
    """

    polygons: list[list[Ring]]
    middle: tuple[int, int]

    @property
    def path(self) -> str:
        """The outline as data of an SVG path."""
        return "".join(_write_ring(ring) for rings in self.polygons for ring in rings)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A state's districts by their GEOID, on a sheet of ``width`` by ``height`` units.

    - ``west`` and ``north``: the degrees of its upper left corner. ``across`` and ``down``: the
      units per degree.
    """

    width: int
    height: int
    west: float
    north: float
    across: float
    down: float
    outlines: dict[str, Outline]

    def locate(self, points: Any) -> list[list[float]]:
        """Return points of the sheet in degrees, longitude first, to about ten meters."""
        flat = np.atleast_2d(np.asarray(points, np.float64))
        degrees = flat / (self.across, -self.down) + (self.west, self.north)
        located: list[list[float]] = degrees.round(4).tolist()
        return located

    def shape(self, geoid: str) -> dict[str, Any]:
        """Return a district's outline as a GeoJSON geometry (RFC 7946)."""
        parts = [
            [self.locate(np.vstack([ring, ring[:1]])) for ring in rings]
            for rings in self.outlines[geoid].polygons
        ]
        return {"type": "MultiPolygon", "coordinates": parts}


def get_drawing(session: Session, layer: str, state: str, tolerance: float = COARSE) -> Drawing:
    """Return the drawing of a layer's districts in force in a state.

    - ``outlines`` is empty where there are none.
    """
    scopes = {active.scope: active.digest for active in list_active_sets(session, layer)}
    digest = scopes.get(state.lower()) or scopes.get(COUNTRY) or ""
    drawings = keep_for_app(EXTENSION, lambda: lru_cache(DRAWINGS_KEPT)(_draw_stored))
    return drawings(digest, layer, state, tolerance)


def draw(geoids: list[str], polygons: Geometries, tolerance: float = COARSE) -> Drawing:
    """Return the drawing of polygons in degrees; ``geoids`` and ``polygons`` are parallel."""
    if not geoids:
        return Drawing(LONGEST_SIDE, LONGEST_SIDE, 0.0, 0.0, 1.0, 1.0, {})
    polygons = _unwrap_antimeridian(polygons)
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    shortened = math.cos(math.radians((south + north) / 2))
    down = LONGEST_SIDE / max((east - west) * shortened, north - south)
    across = down * shortened

    def project(points: Floats) -> Floats:
        flat: Floats = (points - (west, north)) * (across, -down)
        return flat

    simple = simplify_together(shapely.transform(polygons, project), tolerance)
    return Drawing(
        width=math.ceil((east - west) * across),
        height=math.ceil((north - south) * down),
        west=west,
        north=north,
        across=across,
        down=down,
        outlines={geoid: _outline(polygon) for geoid, polygon in zip(geoids, simple, strict=True)},
    )


def simplify_together(polygons: Geometries, tolerance: float) -> Geometries:
    """Return polygons with fewer points, the same ones on both sides of a shared border.

    - Polygons that GEOS rejects as a coverage are simplified one by one, and may show gaps.
    """
    try:
        simple: Geometries = shapely.coverage_simplify(polygons, tolerance)
    except ShapelyError:
        simple = shapely.simplify(polygons, tolerance)
    return simple


def _draw_stored(digest: str, layer: str, state: str, tolerance: float) -> Drawing:
    """Draw the districts in force; ``digest`` is a cache key that changes with the set."""
    rows = db.session.execute(
        select(District.geoid, DistrictShape.wkb)
        .join(DistrictShape, DistrictShape.district_id == District.id)
        .where(
            District.layer == layer,
            District.state == state,
            District.in_force,
            ~District.overlays,  # they would cover the districts under them
        )
        .order_by(District.geoid)
    ).all()
    polygons = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], object))
    drawn = ~shapely.is_empty(polygons)  # the districts of state_layer.py have no shape
    geoids = [row.geoid for row, has_shape in zip(rows, drawn, strict=True) if has_shape]
    return draw(geoids, polygons[drawn], tolerance)


def _unwrap_antimeridian(polygons: Geometries) -> Geometries:
    """Move points west of the 180th meridian (the last Aleutians) next to the rest."""
    west, _, east, _ = shapely.total_bounds(polygons).tolist()
    if east - west <= 180:
        return polygons
    moved: Geometries = shapely.transform(
        polygons, lambda points: points - (points[:, :1] > 0) * (360.0, 0.0)
    )
    return moved


def _outline(polygon: Any) -> Outline:
    parts = sorted(shapely.get_parts(polygon), key=shapely.area, reverse=True)
    shown = [part for part in parts if part.area >= SPECK] or parts[:1]
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(shown[0], 10.0))[0]
    x, y = np.rint(middle).astype(int).tolist()
    return Outline([list(_round_rings(part)) for part in shown], (x, y))


def _round_rings(polygon: Any) -> Iterator[Ring]:
    """Yield the outer ring and the larger holes; the outer one even if nothing is left of it."""
    # Clockwise with y pointing down is counter-clockwise on the globe, as GeoJSON requires.
    polygon = shapely.orient_polygons(polygon, exterior_cw=True)
    holes = (hole for hole in polygon.interiors if shapely.Polygon(hole).area >= SPECK)
    for ring in (polygon.exterior, *holes):
        points = np.rint(shapely.get_coordinates(ring)).astype(np.int64)
        moves = np.diff(points, axis=0).any(axis=1)
        yield points[1:][moves] if moves.any() else points[:1]


def _write_ring(ring: Ring) -> str:
    # Relative coordinates, and no space before a minus: half the bytes.
    steps = np.diff(ring, axis=0).ravel().tolist()
    words = " ".join(map(str, steps)).replace(" -", "-")
    return f"M{ring[0][0]} {ring[0][1]}" + (f"l{words}" if words else "") + "z"
