"""Check that polygons cover a state exactly once: find overlaps and gaps.

Borders that were simplified one polygon at a time overlap in slivers. An area thinner than
``THINNEST`` counts only if it is a significant part of a district.

Thickness is twice the area divided by the perimeter: the width of a long strip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from petition.boundaries.shapes import Geometries

# In degrees: about 400 m from south to north. Generalized files (1:500,000) deviate by half of
# that.
THINNEST = 0.004
# A thinner overlap counts from this share of the smaller district, a thinner gap from that share of
# the smallest district.
LEAST_OVERLAP = 0.01
LEAST_GAP = 0.5
# A gap that would contain at least this many of the state's ZIP codes if they were spread evenly,
# and contains less than that share of them, is classified as water.
EXPECTED_POINTS = 0.5
SPARSE = 0.1


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two polygons by index, and the share of the smaller one that overlaps."""

    first: int
    second: int
    share: float


@dataclass(frozen=True, slots=True)
class Gaps:
    """Areas of a state in no district: land, and what is most likely water.

    - Each as a share of the area that the districts cover.
    """

    land: tuple[float, ...] = ()
    water: tuple[float, ...] = ()


def find_overlaps(polygons: Geometries) -> list[Overlap]:
    """Return the pairs of valid polygons that overlap by more than a sliver, largest first."""
    if shapely.coverage_is_valid(polygons):
        return []
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.intersection(polygons[first], polygons[second])
    areas = shapely.area(polygons)
    share = shapely.area(shared) / np.minimum(areas[first], areas[second])
    real = (share >= LEAST_OVERLAP) | (measure_thickness(shared) >= THINNEST)
    found = [
        Overlap(int(a), int(b), float(part))
        for a, b, part in zip(first[real], second[real], share[real], strict=True)
    ]
    return sorted(found, key=lambda overlap: -overlap.share)


def join(polygons: Geometries) -> BaseGeometry:
    """Return the union of all polygons; fast where they share their borders."""
    if shapely.coverage_is_valid(polygons):
        return shapely.coverage_union_all(polygons)
    return shapely.union_all(polygons)


def find_gaps(
    covered: BaseGeometry,
    others: Sequence[BaseGeometry],
    smallest: float,
    points: NDArray[np.float64],
) -> Gaps:
    """Return the areas of a state that its districts leave out.

    - ``covered``: the area of the layer's districts. ``others``: those of the state's other layers
      that cover all of it. A gap is what each of the others covers; without others, the holes.
    - A large gap with almost none of the ``points`` (longitude and latitude of the state's ZIP
      codes) is classified as water: only the county layer includes the sea, and not all include
      lakes.
    - ``smallest``: the area of the layer's smallest district.
    """
    whole = shapely.intersection_all(list(others)) if others else _fill_holes(covered)
    parts = shapely.get_parts(shapely.difference(whole, covered))
    areas = shapely.area(parts)
    real = (measure_thickness(parts) >= THINNEST) | (areas >= LEAST_GAP * smallest)
    parts, shares = parts[real], areas[real] / covered.area
    if not len(parts):
        return Gaps()
    expected = shares * _count_points(np.array([covered], object), points)
    held = _count_points(parts, points)
    water = (expected >= EXPECTED_POINTS) & (held < SPARSE * expected)
    return Gaps(_sort(shares[~water]), _sort(shares[water]))


def _count_points(areas: Geometries, points: NDArray[np.float64]) -> NDArray[np.float64]:
    where: Any = shapely.points(points)
    holders, _ = shapely.STRtree(where).query(areas, predicate="intersects")
    return np.bincount(holders, minlength=len(areas)).astype(float)


def measure_thickness(areas: Geometries) -> NDArray[np.float64]:
    """Return the mean width of each area, in degrees; 0 without a perimeter."""
    outlines = shapely.length(areas)
    return np.divide(2 * shapely.area(areas), outlines, where=outlines > 0, out=outlines * 0)


def _fill_holes(area: BaseGeometry) -> BaseGeometry:
    shells = shapely.get_exterior_ring(shapely.get_parts(area))
    return shapely.union_all(shapely.polygons(shells))


def _sort(shares: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(sorted(shares.tolist(), reverse=True))
