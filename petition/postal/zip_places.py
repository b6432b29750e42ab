"""The locations of ZIP codes, from the zipcodes package, read once per process.

The points are GeoNames' (CC BY 4.0), the center of the ZIP's area or its post office.

- A ZIP at latitude 0, longitude 0 has no point: most military ones and some of single firms. It is
  stored without one, so that nobody is placed in the Gulf of Guinea. The few military ZIPs that
  have a point, abroad, are stored without it as well.
- Retired ZIPs are included, since they are still in use.
- The states in free association (FM, MH, PW) have ZIPs but no district of ours.
"""

import sys
from dataclasses import dataclass
from functools import cache
from threading import Lock

import zipcodes

from petition.postal.postal_codes import read_postal_code
from petition.postal.us_states import MILITARY
from petition.postal.zip_counties import find_states

_READING = Lock()


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """A ZIP code with its place.

    - ``state``: the one that its post office lies in; see ``states``.
    - ``county``: the name in the source ("Middlesex County"); None for the 977 without one.
    - ``only_boxes``: a ZIP of post office boxes, which does not locate a home.
    - ``latitude`` and ``longitude`` in degrees; None where the ZIP has no point.
    """

    postal_code: str
    place: str
    state: str
    county: str | None
    latitude: float | None
    longitude: float | None
    only_boxes: bool = False

    @property
    def is_military(self) -> bool:
        """Whether it belongs to the armed forces (APO, FPO, DPO), and so to no district."""
        return self.state in MILITARY

    @property
    def states(self) -> tuple[str, ...]:
        """The states that its area lies in: one, or for some two."""
        return tuple(sorted(find_states(self.postal_code))) or (self.state,)

    @property
    def sole_state(self) -> str:
        """The state that the ZIP alone decides; empty where it lies in two."""
        return "" if len(self.states) > 1 else self.state


def clean_postal_code(text: str) -> str | None:
    """Return the five digits of a ZIP or ZIP+4; None when it is not one."""
    return read_postal_code(text)


def list_states(postal_code: str) -> tuple[str, ...]:
    """Return the codes of the states that a ZIP's area lies in; empty for an unknown ZIP."""
    place = known_postal_code(postal_code)
    return place.states if place else ()


def known_postal_code(text: str) -> ZipPlace | None:
    """Return the place of a ZIP or ZIP+4; None when it is malformed or unknown."""
    code = clean_postal_code(text)
    return load_postal_codes().get(code) if code else None


def list_possible_states(region: str, postal_code: str) -> tuple[str, ...]:
    """Return the state of an address, or the states of its ZIP if the address has none."""
    return (region,) if region else list_states(postal_code)


@cache
def load_postal_codes() -> dict[str, ZipPlace]:
    """Return all ZIPs by their five digits; threads that ask at once wait for one reading."""
    with _READING:  # not taken once they are read
        return _read_all()


@cache
def _read_all() -> dict[str, ZipPlace]:
    """Return all ZIPs.

    - Read by their first two digits: all dicts of the package at once take 100 MB of memory, which
      the process would not release.
    """
    places: dict[str, ZipPlace] = {}
    for portion in range(100):
        for row in zipcodes.similar_to(f"{portion:02}"):  # type: ignore[no-untyped-call]
            place = _read(row)
            places[place.postal_code] = place
    return places


def _read(row: dict[str, str]) -> ZipPlace:
    latitude, longitude = float(row["lat"]), float(row["long"])
    has_point = bool(latitude or longitude) and row["state"] not in MILITARY
    return ZipPlace(
        postal_code=row["zip_code"],
        place=sys.intern(row["city"]),
        state=sys.intern(row["state"]),
        county=sys.intern(row["county"]) or None,
        latitude=latitude if has_point else None,
        longitude=longitude if has_point else None,
        only_boxes=row["zip_code_type"] == "PO BOX",
    )
