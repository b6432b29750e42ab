"""Read a GeoJSON feature collection (RFC 7946) with the Census Bureau's own field names."""

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from petition.boundaries.importing.readers.archive import Parts
from petition.boundaries.importing.readers.features import (
    FIELDS,
    BoundaryFile,
    Feature,
    normalize_field,
)
from petition.boundaries.importing.readers.projection import check_crs
from petition.core.errors import ImportRefused

# It is read at once and needs about ten times its size in memory.
LARGEST_BYTES = 512 * 2**20


def read_geojson(name: str, parts: Parts) -> BoundaryFile:
    """Return the features of an open GeoJSON.

    - Raises ImportRefused when it is no feature collection in UTF-8, or is projected.
    """
    features = _load(name, parts[".geojson"])
    names = {
        normalize_field(key) for feature in features for key in feature.get("properties") or {}
    }
    return BoundaryFile(name, frozenset(names), len(features), _read_features(name, features))


def _load(name: str, file: IO[bytes]) -> list[dict[str, Any]]:
    content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ImportRefused(
            f"{name}: a GeoJSON of more than {LARGEST_BYTES // 2**20} MiB; use its shapefile "
            "instead"
        )
    try:
        collection = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"{name}: not a GeoJSON in UTF-8 ({error}); it is incomplete or another kind of file: "
            "fetch it again"
        ) from error
    found = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(found, list) or collection.get("type") != "FeatureCollection":
        raise ImportRefused(f"{name}: it is not a GeoJSON feature collection, which is expected")
    check_crs(name, collection.get("crs"))
    for row, feature in enumerate(found, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise ImportRefused(
                f"{name}: row {row} is not a feature with properties, which is expected"
            )
    return found


def _read_features(name: str, features: list[dict[str, Any]]) -> Iterator[Feature]:
    # Popped from the end of a reversed list, so that memory is freed feature by feature.
    features.reverse()
    row = 0
    while features:
        row += 1
        feature = features.pop()
        normalized = {normalize_field(key): value for key, value in feature["properties"].items()}
        fields = {key: value for key, value in normalized.items() if key in FIELDS}
        try:
            geometry = _make_geometry(feature.get("geometry"))
        except (ValueError, TypeError, KeyError, IndexError, ShapelyError) as error:
            raise ImportRefused(
                f"{name}: row {row} has a geometry that cannot be read ({error}); expected rings "
                "of at least four positions, longitude first"
            ) from error
        yield Feature(row, fields, geometry)


def _make_geometry(found: Any) -> BaseGeometry | None:
    if found is None:
        return None
    if found["type"] == "Polygon":
        return _make_polygon(found["coordinates"])
    if found["type"] == "MultiPolygon":
        return shapely.MultiPolygon([_make_polygon(rings) for rings in found["coordinates"]])
    return shapely.GeometryCollection()


def _make_polygon(rings: Sequence[Any]) -> shapely.Polygon:
    # The first two columns: a position may have an altitude.
    shell, *holes = (np.asarray(ring, float)[:, :2] for ring in rings)
    return shapely.Polygon(shell, holes)
