"""Which counties the area of a ZIP code lies in, from a table of the Census Bureau.

Source: U.S. Census Bureau, 2010 ZCTA to Census Tract Relationship File, public domain; its data is
in ``zip_counties.csv.gz`` beside this module.

- No part is ignored, however few live there: a ZIP in two counties is in two.
- A ZIP without an area is not included: post office boxes, single firms, the armed forces, the
  Pacific territories, the Virgin Islands, and ZIPs newer than the table.
- Read once per process, at first use: 44,410 pairs in two arrays of 180 KB each.
"""

import gzip
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petition.postal.us_states import STATES

FILE = Path(__file__).with_name("zip_counties.csv.gz")
# Counties of 2010 that have another number now.
RENUMBERED = {
    "02270": "02158",  # Wade Hampton is Kusilvak Census Area since 2015
    "46113": "46102",  # Shannon is Oglala Lakota County since 2015
    "51515": "51019",  # the city of Bedford is a part of Bedford County since 2013
}
REMEMBERED = 10_000  # ZIPs: each signing looks one up
_STATES = {state.fips: state.code for state in STATES}


def load_zip_counties() -> None:
    """Read the table now, so that no request waits for it."""
    _load()


@lru_cache(REMEMBERED)
def find_counties(postal_code: str) -> tuple[str, ...]:
    """Return the FIPS codes of a ZIP's counties, the largest part first; empty without an area.

    - ``postal_code``: five digits.
    """
    zips, counties = _load()
    # With the dtype of the arrays: otherwise each lookup would convert a copy of them.
    wanted = np.array((int(postal_code), int(postal_code) + 1), zips.dtype)
    start, stop = np.searchsorted(zips, wanted).tolist()
    return tuple(f"{county:05}" for county in counties[start:stop].tolist())


def find_states(postal_code: str) -> tuple[str, ...]:
    """Return the states (postal abbreviations) that a ZIP's area lies in; empty without an area."""
    codes = (_STATES[county[:2]] for county in find_counties(postal_code))
    return tuple(dict.fromkeys(codes))


def list_counties(state: str) -> frozenset[str]:
    """Return the FIPS codes of a state's counties in the table."""
    _, counties = _load()
    codes = (f"{county:05}" for county in np.unique(counties).tolist())
    return frozenset(code for code in codes if _STATES[code[:2]] == state)


def find_state(county: str) -> str:
    """Return the state (postal abbreviation) of a county's FIPS code."""
    return _STATES[county[:2]]


@cache
def _load() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the sorted ZIPs, and a parallel array of the county of each of their parts."""
    with gzip.open(FILE, "rt", encoding="ascii") as lines:
        pairs = np.loadtxt(lines, np.int32, delimiter=",", usecols=(0, 1))
    return pairs[:, 0].copy(), pairs[:, 1].copy()
