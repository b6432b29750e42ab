"""Check that coordinates lie in the United States."""

import numpy as np
import shapely
from numpy.typing import NDArray

from petition.boundaries.shapes import Geometries
from petition.core.errors import ImportRefused

# American Samoa to Alaska, on both sides of the date line: Guam to the Virgin Islands.
SOUTH, NORTH = -15.0, 72.0
WEST_OF_LINE = (144.0, 180.0)
EAST_OF_LINE = (-180.0, -64.0)


def check_coordinates(name: str, rows: list[int], geometries: Geometries) -> int:
    """Return how many areas lie outside the states and territories.

    - Raises ImportRefused when coordinates are not degrees, or have latitude first.
    """
    _refuse_infinite(name, rows, geometries)
    bounds = shapely.bounds(geometries)
    west, south, east, north = bounds.T
    degrees = (west >= -180.1) & (east <= 180.1) & (south >= -90) & (north <= 90)
    longitudes, latitudes = (west + east) / 2, (south + north) / 2
    inside = _is_inside(longitudes, latitudes)
    swapped = ~inside & _is_inside(latitudes, longitudes)
    for index in np.flatnonzero(swapped)[:1]:
        raise ImportRefused(
            f"{name}: row {rows[index]}: coordinates look swapped: latitude first; expected "
            "longitude, then latitude, as GeoJSON and shapefiles have it: swap them"
        )
    for index in np.flatnonzero(~degrees)[:1]:
        at = ", ".join(f"{number:,.1f}" for number in bounds[index])
        raise ImportRefused(
            f"{name}: row {rows[index]} lies at {at}, which are not degrees; expected longitudes "
            "and latitudes of NAD83 or WGS84: reproject it first"
        )
    return int((~inside).sum())


def _refuse_infinite(name: str, rows: list[int], geometries: Geometries) -> None:
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    for owner in owners[~np.isfinite(coordinates).all(axis=1)][:1]:
        raise ImportRefused(
            f"{name}: row {rows[owner]} has a coordinate that is not a number; expected degrees: "
            "fetch the file again"
        )


def _is_inside(
    longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    height = (latitudes >= SOUTH) & (latitudes <= NORTH)
    sides = [
        (longitudes >= low) & (longitudes <= high) for low, high in (WEST_OF_LINE, EAST_OF_LINE)
    ]
    return height & (sides[0] | sides[1])
