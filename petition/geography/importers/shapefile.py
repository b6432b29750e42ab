"""Reads an ESRI shapefile, plain or zipped, as the Census Bureau publishes its boundaries."""

import hashlib
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapefile
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from petition.errors import ImportRefused

# What pyshp lets through when a file is cut short, no shapefile at all or a broken zip.
UNREADABLE = (
    shapefile.ShapefileException,
    struct.error,
    zipfile.BadZipFile,
    OSError,
    ValueError,
    KeyError,
    IndexError,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of a boundary file.

    - ``mended``: the polygon crossed itself in the file and was made valid.
    """

    row: int
    fields: dict[str, Any]
    geometry: BaseGeometry
    mended: bool


def read_shapefile(path: Path, needed: tuple[str, ...] = ()) -> Iterator[Feature]:
    """Give the features of a ``.shp`` (its ``.dbf`` beside it) or of a ``.zip`` that holds both.

    - ``needed``: the fields without which the file is refused.
    - Raises ImportRefused, with what was expected, when the file cannot be read or lacks a field.
    """
    try:
        with shapefile.Reader(str(path)) as reader:
            _check_fields(path, reader, needed)
            for row, item in enumerate(reader.iterShapeRecords(), start=1):
                yield _make_feature(path, row, item)
    except UNREADABLE as error:
        raise ImportRefused(
            f"{path.name}: not a readable shapefile ({type(error).__name__}); expected a .shp with "
            "its .dbf and .shx beside it, or a .zip that holds them: fetch it again"
        ) from error


def digest_file(path: Path) -> str:
    """Return the SHA-256 (hex) of the geometry file and, beside it, of its fields."""
    digest = hashlib.sha256(path.read_bytes())
    fields = path.with_suffix(".dbf")
    if path.suffix == ".shp" and fields.exists():
        digest.update(fields.read_bytes())
    return digest.hexdigest()


def _check_fields(path: Path, reader: shapefile.Reader, needed: tuple[str, ...]) -> None:
    there = {field[0] for field in reader.fields}
    missing = [name for name in needed if name not in there]
    if missing:
        raise ImportRefused(
            f"{path.name}: it has no field {', '.join(missing)}; expected a file of the Census "
            "Bureau (TIGER/Line or cartographic boundaries)"
        )


def _make_feature(path: Path, row: int, item: shapefile.ShapeRecord) -> Feature:
    geometry = _make_geometry(item.shape.__geo_interface__)
    _check_polygon(path, row, geometry)
    mended = not geometry.is_valid
    if mended:
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        _check_polygon(path, row, geometry)
    return Feature(row, item.record.as_dict(), geometry, mended)


def _make_geometry(found: dict[str, Any]) -> BaseGeometry:
    """Return a polygon from arrays; shapely's own ``shape`` goes through every vertex in Python."""
    if found["type"] == "Polygon":
        return _make_polygon(found["coordinates"])
    if found["type"] == "MultiPolygon":
        return shapely.MultiPolygon([_make_polygon(rings) for rings in found["coordinates"]])
    return shape(found)


def _make_polygon(rings: Sequence[Any]) -> shapely.Polygon:
    # The first two columns: a file may carry heights and measures as well.
    shell, *holes = (np.asarray(ring, float)[:, :2] for ring in rings)
    if not holes:
        return shapely.Polygon(shell)
    return shapely.Polygon(shapely.LinearRing(shell), [shapely.LinearRing(ring) for ring in holes])


def _check_polygon(path: Path, row: int, geometry: BaseGeometry) -> None:
    if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise ImportRefused(
            f"{path.name}: row {row} is no polygon ({geometry.geom_type}) and cannot be made one"
        )
