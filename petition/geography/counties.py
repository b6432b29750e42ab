"""Loads every county of the United States from the plotly-geo wheel, for the demonstration.

Source: U.S. Census Bureau, cartographic boundary file cb_2016_us_county_500k (1:500,000, public
domain), as plotly-geo 1.0 carries it: 3,233 counties and their equivalents, with Connecticut's
eight old counties.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import shapely
from sqlalchemy import func, select

from petition.clock import utcnow
from petition.errors import ImportRefused
from petition.extensions import db, get_settings, transaction
from petition.geography.divisions import name_county
from petition.geography.importers.shapefile import Feature, digest_file, read_shapefile
from petition.geography.sets import NewDistrict, activate_set, make_set, store_set
from petition.geography.shapes import keep_shapes
from petition.models import BoundarySet, BoundaryState, District, Layer
from petition.us_states import BY_FIPS

FILE = "cb_2016_us_county_500k.shp"
FIELDS = ("STATEFP", "GEOID", "NAME", "LSAD")
SCOPE = "us"


@dataclass(frozen=True, slots=True)
class ImportedSet:
    """What an import did.

    - ``districts`` in the set; ``mended``: GEOIDs whose polygon was invalid and was made valid.
    - ``changed``: False when the same set was stored and in force already.
    """

    boundary_set_id: int
    districts: int
    mended: tuple[str, ...]
    changed: bool


def import_counties(path: Path | None = None, *, actor: str = "cli") -> ImportedSet:
    """Store the counties and put them in force, whole or not at all.

    - ``path``: a county file of the Census Bureau; the plotly-geo wheel's own when None.
    - The same file again changes nothing, and is not even parsed.
    - Raises ImportRefused when a row is no polygon, has no state or has no division id.
    """
    path = path or find_wheel_file()
    source = f"{path.name} sha256:{digest_file(path)}"
    done = _find_imported(source)
    if done is not None:
        return done
    districts, mended = read_counties(path)
    new = make_set(Layer.COUNTY, SCOPE, source, districts)
    with transaction() as session:
        stored, _ = store_set(session, new, actor=actor)
        activate_set(session, stored, utcnow().date(), actor=actor)
        set_id = stored.id
    keep_shapes(get_settings().boundaries_dir, new.packed)
    return ImportedSet(set_id, len(districts), mended, changed=True)


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


def read_counties(path: Path) -> tuple[list[NewDistrict], tuple[str, ...]]:
    """Return the districts of a county file by GEOID, and the GEOIDs of the polygons mended."""
    features = sorted(read_shapefile(path, FIELDS), key=lambda feature: feature.fields["GEOID"])
    _refuse_doubles(path, (feature.fields["GEOID"] for feature in features))
    mended = tuple(feature.fields["GEOID"] for feature in features if feature.mended)
    return [_make_district(path, feature) for feature in features], mended


def _make_district(path: Path, feature: Feature) -> NewDistrict:
    fields = feature.fields
    state = BY_FIPS.get(fields["STATEFP"])
    if state is None:
        raise ImportRefused(
            f"{path.name}: row {feature.row} has STATEFP {fields['STATEFP']!r}; expected the "
            "two-digit code of a state or territory"
        )
    division = name_county(state, fields["GEOID"], fields["NAME"], fields["LSAD"])
    if division is None:
        raise ImportRefused(
            f"{path.name}: row {feature.row} ({fields['GEOID']}) has LSAD {fields['LSAD']!r}, for "
            "which there is no division id; add its kind to petition/geography/divisions.py"
        )
    wkb = shapely.to_wkb(feature.geometry, byte_order=1)
    return NewDistrict(fields["GEOID"], division.id, division.name, state.code, wkb)


def _refuse_doubles(path: Path, geoids: Iterable[str]) -> None:
    seen: set[str] = set()
    for geoid in geoids:
        if geoid in seen:
            raise ImportRefused(f"{path.name}: GEOID {geoid} stands there twice; expected once")
        seen.add(geoid)


def _find_imported(source: str) -> ImportedSet | None:
    row = db.session.execute(
        select(BoundarySet.id, func.count())
        .join(District, District.boundary_set_id == BoundarySet.id)
        .where(
            BoundarySet.layer == Layer.COUNTY,
            BoundarySet.scope == SCOPE,
            BoundarySet.source == source,
            BoundarySet.state == BoundaryState.ACTIVE,
        )
        .group_by(BoundarySet.id)
    ).first()
    return None if row is None else ImportedSet(row[0], row[1], (), changed=False)
