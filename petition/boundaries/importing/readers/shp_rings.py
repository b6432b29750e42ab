"""Read the polygons of a .shp directly into arrays, without a Python object per number.

Source: ESRI Shapefile Technical Description (1998). A record is a header (number and length in
16-bit words, big-endian), the type, a box, the numbers of parts and points, the start of each part,
the points; heights and measures follow and are ignored. Shells are clockwise, holes
counter-clockwise.
"""

import struct
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from petition.boundaries.shapes import Geometries

FILE_CODE = 9994
NULL = 0
POLYGONS = {5: "Polygon", 15: "PolygonZ", 25: "PolygonM"}
OTHERS = {1: "Point", 3: "PolyLine", 8: "MultiPoint", 31: "MultiPatch"}
HEADER_BYTES = 100
# The type, the box and the two numbers.
LEAST_BYTES = 44
NONE = -1

Points = NDArray[np.float64]


class ShapeFileBroken(ValueError):
    """The bytes are not a complete shapefile."""


def read_polygons(file: IO[bytes]) -> Iterator[BaseGeometry | None]:
    """Yield each record's polygon in turn; None for one without a shape.

    - A record of another kind than a polygon yields an empty geometry collection.
    - Raises ShapeFileBroken.
    """
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or struct.unpack_from(">i", header)[0] != FILE_CODE:
        raise ShapeFileBroken("no shapefile header")
    left = struct.unpack_from(">i", header, 24)[0] * 2 - HEADER_BYTES
    while left > 0:
        head = file.read(8)
        length = struct.unpack_from(">i", head, 4)[0] * 2 if len(head) == 8 else -1
        if length < 4 or length > left - 8:
            raise ShapeFileBroken("a record extends beyond the end")
        content = file.read(length)
        if len(content) < length:
            raise ShapeFileBroken("incomplete")
        left -= 8 + length
        yield _read_record(content)


def _read_record(content: bytes) -> BaseGeometry | None:
    kind = struct.unpack_from("<i", content)[0]
    if kind == NULL:
        return None
    if kind not in POLYGONS:
        return shapely.GeometryCollection()
    if len(content) < LEAST_BYTES:
        raise ShapeFileBroken("a record is too short")
    parts, points = struct.unpack_from("<2i", content, 36)
    if parts < 1 or points < 4 or len(content) < LEAST_BYTES + 4 * parts + 16 * points:
        raise ShapeFileBroken("a record is too short")
    starts = np.frombuffer(content, "<i4", parts, LEAST_BYTES)
    counts = np.diff(np.append(starts, points))
    if starts[0] != 0 or (counts < 4).any():
        raise ShapeFileBroken("a ring has fewer than four points")
    where = LEAST_BYTES + 4 * parts
    coordinates = np.frombuffer(content, "<f8", 2 * points, where).reshape(-1, 2)
    # With ``indices`` it returns an array, contrary to its type annotation.
    rings: Any = shapely.linearrings(coordinates, indices=np.repeat(np.arange(parts), counts))
    return _join_rings(rings)


def _join_rings(rings: Geometries) -> BaseGeometry:
    """Return the polygon or multipolygon of a record's rings.

    - A hole belongs to the smallest larger shell that contains a point of it. A hole in no shell is
      a shell in the wrong orientation.
    """
    if len(rings) == 1:
        return shapely.Polygon(rings[0])
    is_hole = shapely.is_ccw(rings)
    if is_hole.all():
        is_hole[:] = False
    shells, holes = rings[~is_hole], rings[is_hole]
    if len(shells) == 1:
        return shapely.Polygon(shells[0], holes)
    owners = _find_owners(shells, holes)
    whole = [shapely.Polygon(ring, holes[owners == own]) for own, ring in enumerate(shells)]
    return shapely.MultiPolygon([*whole, *map(shapely.Polygon, holes[owners == NONE])])


def _find_owners(shells: Geometries, holes: Geometries) -> NDArray[np.intp]:
    """Return the index of each hole's shell, NONE where there is none."""
    owners = np.full(len(holes), NONE)
    if not len(holes):
        return owners
    around: Geometries = np.array([shapely.Polygon(ring) for ring in shells], object)
    within: Geometries = np.array([shapely.Polygon(ring) for ring in holes], object)
    areas = shapely.area(around)
    found, owner = shapely.STRtree(around).query(shapely.point_on_surface(within), "within")
    larger = areas[owner] > shapely.area(within)[found]
    found, owner = found[larger], owner[larger]
    # The smallest shell is written last and stays.
    order = np.argsort(-areas[owner], kind="stable")
    owners[found[order]] = owner[order]
    return owners
