"""Loads every county of the United States from the plotly-geo wheel, for the demonstration.

Source: U.S. Census Bureau, cartographic boundary file cb_2016_us_county_500k (1:500,000, public
domain), as plotly-geo 1.0 carries it: 3,233 counties and their equivalents, with Connecticut's
eight old counties.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from petition.clock import utcnow
from petition.errors import ImportRefused
from petition.extensions import get_settings, transaction
from petition.geography.importing.files import ImportedSet, Order, find_imported, prepare_set
from petition.geography.sets import NewDistrict, activate_set, store_set
from petition.geography.shapes import keep_shapes
from petition.models import BoundaryState, Layer

FILE = "cb_2016_us_county_500k.shp"


def import_counties(path: Path | None = None, *, actor: str = "cli") -> ImportedSet:
    """Store the counties and put them in force, whole or not at all.

    - ``path``: a county file of the Census Bureau; the plotly-geo wheel's own when None.
    - The same file again changes nothing, and is not even parsed. Where another set has taken over
      since, that one stays.
    - Raises ImportRefused with file, row, what was expected and what to do.
    """
    order = Order(path or find_wheel_file(), Layer.COUNTY)
    source = order.name_source()
    done = find_imported(source)
    if done is not None and done.state != BoundaryState.LOADED:
        return done
    prepared = prepare_set(order, source)
    with transaction() as session:
        stored, _ = store_set(session, prepared.new, actor=actor)
        activate_set(session, stored, utcnow().date(), actor=actor)
        done = prepared.report(stored, changed=True)
    keep_shapes(get_settings().boundaries_dir, prepared.new.packed)
    return done


def read_counties(path: Path) -> tuple[Sequence[NewDistrict], tuple[str, ...]]:
    """Return the districts of a county file by GEOID, and the GEOIDs of the polygons mended."""
    prepared = prepare_set(Order(path, Layer.COUNTY), path.name)
    return prepared.new.districts, tuple(prepared.read.mended)


def find_wheel_file() -> Path:
    """Return the county file inside the plotly-geo wheel.

    - Raises ImportRefused when the wheel is not installed.
    """
    spec = find_spec("_plotly_geo")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "package_data" / FILE
        if path.exists():
            return path
    raise ImportRefused(
        "the demonstration's county polygons are missing: install them with "
        "`pip install 'hundredth[demo]'`"
    )
