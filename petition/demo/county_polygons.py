"""Loads every county of the United States from the plotly-geo wheel, for the demonstration.

Source: U.S. Census Bureau, cartographic boundary file cb_2016_us_county_500k (1:500,000, public
domain), as contained in plotly-geo 1.0: 3,233 counties and their equivalents, with Connecticut's
eight former counties.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from petition.boundaries.boundary_sets import NewDistrict
from petition.boundaries.importing.set_import import ImportedSet, Order, import_file, prepare_set
from petition.core.errors import ImportRefused
from petition.models import Layer

FILE = "cb_2016_us_county_500k.shp"


def import_counties(path: Path | None = None, *, actor: str = "cli") -> ImportedSet:
    """Store the counties atomically as a set that is not in force.

    - ``path``: a county file of the Census Bureau; the plotly-geo wheel's own when None.
    - A file that is stored already changes nothing, and is not parsed again.
    - Raises ImportRefused with file, row, what was expected and what to do.
    """
    return import_file(Order(path or find_wheel_file(), Layer.COUNTY), actor=actor)


def read_counties(path: Path) -> tuple[Sequence[NewDistrict], tuple[str, ...]]:
    """Return the districts of a county file by GEOID, and the GEOIDs of repaired polygons."""
    prepared = prepare_set(Order(path, Layer.COUNTY), path.name)
    return prepared.new.districts, tuple(prepared.read.mended)


def find_wheel_file() -> Path:
    """Return the path of the county file in the plotly-geo wheel.

    - Raises ImportRefused if the wheel is not installed.
    """
    spec = find_spec("_plotly_geo")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "package_data" / FILE
        if path.exists():
            return path
    raise ImportRefused(
        "the demonstration's county polygons are missing: `make setup` installs plotly-geo"
    )
