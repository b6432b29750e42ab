"""Open Civic Data division ids of counties and their equivalents, by rule.

Source: opencivicdata/ocd-division-ids, identifiers/country-us (its README, its list of census
places and its aliases). A county is identified by its GEOID and its LSAD, the Census Bureau's code
for the kind of an area; never by its name alone.

- Louisiana has parishes, Alaska boroughs (municipalities and "city and borough" too) and census
  areas, Puerto Rico municipios.
- The independent cities of Virginia, Maryland, Missouri and Nevada are places, not counties.
- The District of Columbia and Guam are their own and only county: the id is the district's or the
  territory's.
- American Samoa, the Northern Marianas and the Virgin Islands are not divided in that list. Their
  county equivalents get an id of the same form from the Bureau's own word for them.
- So do Connecticut's nine planning regions, its county equivalents since 2022, which have no
  elected offices. They are not in that list either.
- In a file without LSAD the kind is the part of NAMELSAD after NAME.
"""

import re
import unicodedata
from dataclasses import dataclass

from petition.postal.us_states import State


@dataclass(frozen=True, slots=True)
class CountyKind:
    """A kind of county equivalent: its type in a division id, and its word in a name."""

    type: str
    word: str


# By LSAD: https://www.census.gov/library/reference/code-lists/legal-status-codes.html
KINDS = {
    "03": CountyKind("borough", "City and Borough"),
    "04": CountyKind("borough", "Borough"),
    "05": CountyKind("census_area", "Census Area"),
    "06": CountyKind("county", "County"),
    "07": CountyKind("district", "District"),
    "10": CountyKind("island", "Island"),
    "12": CountyKind("municipality", "Municipality"),
    "13": CountyKind("municipio", "Municipio"),
    "15": CountyKind("parish", "Parish"),
    "25": CountyKind("place", "City"),
    "PL": CountyKind("planning_region", "Planning Region"),
}
# The same by the Bureau's word for it: "Baltimore city", "Juneau City and Borough".
CODES = {kind.word.lower(): code for code, kind in KINDS.items()} | {"": "00"}
# LSAD 00, "no word": each has the kind that the Bureau's own list gives it.
WORDLESS = {
    "11001": None,  # District of Columbia
    "32510": CountyKind("place", ""),  # Carson City
    "60030": CountyKind("island", ""),  # Rose Island
    "60040": CountyKind("island", ""),  # Swains Island
    "66010": None,  # Guam
}
ALASKA_MUNICIPALITY = CountyKind("borough", "Municipality")


@dataclass(frozen=True, slots=True)
class Division:
    """A division id, and the area's common name."""

    id: str
    name: str


def name_county(state: State, geoid: str, name: str, lsad: str) -> Division | None:
    """Return the division of a county or its equivalent; None where no rule applies.

    - ``name`` and ``lsad`` are the NAME and LSAD of the Census Bureau's files.
    """
    root = state.division_id
    if lsad == "00":
        if geoid not in WORDLESS:
            return None
        kind = WORDLESS[geoid]
        if kind is None:
            return Division(root, name)
    elif lsad == "12" and state.code == "AK":
        kind = ALASKA_MUNICIPALITY
    elif lsad in KINDS:
        kind = KINDS[lsad]
    else:
        return None
    return Division(f"{root}/{kind.type}:{make_slug(name)}", f"{name} {kind.word}".strip())


def find_lsad(name: str, full_name: str) -> str:
    """Return the LSAD of a county from its NAME and NAMELSAD; empty where its word is unknown."""
    if not full_name.startswith(name):
        return ""
    return CODES.get(full_name.removeprefix(name).strip().lower(), "")


def make_slug(name: str) -> str:
    """Return a name in the spelling of division ids.

    - Lower case; a space, with a full stop before it or without, becomes ``_``; any character but
      letters, digits, ``.``, ``-``, ``_`` and ``~`` becomes ``~``. Accents stay: ``añasco``.
    """
    lower = unicodedata.normalize("NFC", name).lower()
    return re.sub(r"[^\w.~-]", "~", re.sub(r"\.? ", "_", lower))
