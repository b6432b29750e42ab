"""Which counties the area of a ZIP code lies in, from a table of the Census Bureau.

Source: U.S. Census Bureau, 2010 ZCTA to Census Tract Relationship File, public domain; the file
``zip_counties.csv.gz`` beside this module holds its facts.

- No part is passed over, however few live there: a ZIP in two counties is in two.
- A ZIP without an area is not in it: post office boxes, single firms, the armed forces, the Pacific
  territories, the Virgin Islands, and what is newer than the table.
- Read once in a process, when it is first needed: 44,410 pairs in two arrays of 180 KB each.
"""

import gzip
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petition.postal.us_states import STATES

FILE = Path(__file__).with_name("zip_counties.csv.gz")
# Counties of 2010 that bear another number since.
RENUMBERED = {
    "02270": "02158",  # Wade Hampton is Kusilvak Census Area since 2015
    "46113": "46102",  # Shannon is Oglala Lakota County since 2015
    "51515": "51019",  # the city of Bedford is a part of Bedford County since 2013
}
REMEMBERED = 10_000  # ZIPs: each signing asks for its own
_STATES = {state.fips: state.code for state in STATES}


def load_zip_counties() -> None:
    """Read the table now, so that no visitor waits for it."""
    _load()


@lru_cache(REMEMBERED)
def find_counties(postal_code: str) -> tuple[str, ...]:
    """Return the FIPS codes of a ZIP's counties, the largest part first; none without an area.

    - ``postal_code``: five digits.
    """
    zips, counties = _load()
    # Of the arrays' own type: they would be copied into another for each look-up.
    wanted = np.array((int(postal_code), int(postal_code) + 1), zips.dtype)
    start, stop = np.searchsorted(zips, wanted).tolist()
    return tuple(f"{county:05}" for county in counties[start:stop].tolist())


def find_states(postal_code: str) -> tuple[str, ...]:
    """Return the states (postal abbreviations) that a ZIP's area lies in; none without an area."""
    codes = (_STATES[county[:2]] for county in find_counties(postal_code))
    return tuple(dict.fromkeys(codes))


def list_counties(state: str) -> frozenset[str]:
    """Return the FIPS codes of a state's counties that the table names."""
    _, counties = _load()
    codes = (f"{county:05}" for county in np.unique(counties).tolist())
    return frozenset(code for code in codes if _STATES[code[:2]] == state)


def find_state(county: str) -> str:
    """Return the state (postal abbreviation) of a county's FIPS code."""
    return _STATES[county[:2]]


@cache
def _load() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the ZIPs, sorted, and beside each the county of one of its parts."""
    with gzip.open(FILE, "rt", encoding="ascii") as lines:
        pairs = np.loadtxt(lines, np.int32, delimiter=",", usecols=(0, 1))
    return pairs[:, 0].copy(), pairs[:, 1].copy()
