"""Names of the Census Bureau's boundary files.

Source: https://www2.census.gov/geo/tiger, its folders TIGER2013 to TIGER2025 and GENZ2014 to
GENZ2024. A name has the vintage, the state's FIPS code or ``us``, and the layer; for Congress with
its number, for ZIP areas with their census.
"""

from dataclasses import dataclass

from petition.core.errors import ImportRefused
from petition.models import Layer
from petition.models.officials.district import ZCTA
from petition.postal.us_states import State

BASE_URL = "https://www2.census.gov/geo/tiger"
YEAR = 2024
FIRST_YEAR, LAST_YEAR = 2013, 2099
# The Congress whose districts the full files of a year have, from that year on.
CONGRESSES = {2013: 113, 2014: 114, 2016: 115, 2018: 116, 2023: 118, 2024: 119}
# The generalized ones had the 118th a year earlier.
GENERALIZED_CONGRESSES = CONGRESSES | {2022: 118}
# The first year whose full congressional files are one for each state.
CONGRESS_BY_STATE = 2023
# The generalized ZIP areas are published once in ten years.
GENERALIZED_ZIP_YEAR = 2020


@dataclass(frozen=True, slots=True)
class CensusFile:
    """A file at the Census Bureau: its name, its path, and whether it covers the whole country."""

    name: str
    path: str
    national: bool


def name_census_file(
    layer: str, state: State | None, year: int | None = None, *, generalized: bool = False
) -> CensusFile:
    """Return the Bureau's file of a layer.

    - ``state`` is needed unless the file covers the whole country: states, counties, ZIP areas,
      generalized congressional districts and full ones until 2022.
    - ``year`` of the vintage; None: the latest one known to exist.
    - ``generalized``: the cartographic boundary file at 1:500,000, clipped to the shoreline.
    - Raises ImportRefused when the state is missing, or no such file exists by the rules above.
    """
    if year is None:
        year = GENERALIZED_ZIP_YEAR if generalized and layer == ZCTA else YEAR
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ImportRefused(f"--year {year}: expected {FIRST_YEAR} or later")
    national = _is_national(layer, year, generalized)
    if not national and state is None:
        raise ImportRefused(
            f"the Census Bureau has one file of {layer} per state; name the state, as in --state MA"
        )
    place = state.fips if state is not None and not national else "us"
    folder, kind = _name_layer(layer, year, generalized)
    if generalized:
        name = f"cb_{year}_{place}_{kind}_500k.zip"
        return CensusFile(name, f"GENZ{year}/shp/{name}", national)
    name = f"tl_{year}_{place}_{kind}.zip"
    return CensusFile(name, f"TIGER{year}/{folder}/{name}", national)


def _is_national(layer: str, year: int, generalized: bool) -> bool:
    if layer == Layer.CD:
        return generalized or year < CONGRESS_BY_STATE
    return layer in (Layer.COUNTY, Layer.STATE, ZCTA)


def _name_layer(layer: str, year: int, generalized: bool) -> tuple[str, str]:
    """Return the folder of full files, and the layer in a file's name."""
    if layer == ZCTA:
        return ("ZCTA520", "zcta520") if year >= GENERALIZED_ZIP_YEAR else ("ZCTA5", "zcta510")
    if layer == Layer.CD:
        table = GENERALIZED_CONGRESSES if generalized else CONGRESSES
        return "CD", f"cd{table[max(first for first in table if first <= year)]}"
    return layer.upper(), layer
