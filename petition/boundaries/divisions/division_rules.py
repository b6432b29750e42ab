"""Open Civic Data division ids by rule: places, towns, Congress, numbered districts.

Source: opencivicdata/ocd-division-ids, identifiers/country-us (README) and its script
country-us/census_places.py.

- A place is ``place:<name>``. So is a county subdivision in the six states of New England, where it
  is a city or town; elsewhere it is that within its county's id.
- Where two of one state or county share a name, the one with a government keeps it; otherwise each
  gets the Bureau's word as well: ``place:barre_city``, ``place:barre_town``.
- Congress: ``cd:7``; a state's only one, or a delegate's, is ``cd:at-large``, under the state, the
  territory or the District of Columbia. (That list has at-large ids for states alone.)
- A legislative district whose code is a number, with or without a letter after it, or a letter:
  ``sldu:5``, ``sldl:26a``, ``sldu:b``; the District of Columbia's are its wards. Only where all
  districts of the state have such codes, and the state is not one that names them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from petition.boundaries.divisions.county_ids import (
    Division,
    find_lsad,
    make_slug,
    name_county,
)
from petition.boundaries.importing.areas import CensusArea
from petition.boundaries.importing.district_names import AT_LARGE
from petition.models import Layer

NEW_ENGLAND = {"CT", "MA", "ME", "NH", "RI", "VT"}
# States whose district ids are names, though their codes may be numbers (Massachusetts' house).
# Source: openstates/openstates-geo, configs/jurisdictions: these have no rule there, only pairs.
NAMED = {
    ("MA", Layer.SLDU),
    ("MA", Layer.SLDL),
    ("NH", Layer.SLDL),
    ("VT", Layer.SLDU),
    ("VT", Layer.SLDL),
}
# FUNCSTAT: S a statistical area, N one without a government of its own, F a fictitious one that
# fills the map.
STATISTICAL = {"S", "N"}
MADE_UP = "F"
CDP = "57"  # LSAD of a census designated place
_NUMBERED = re.compile(r"0*([1-9]\d*[A-Z]?|[A-Z])")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place: its id by NAME, its id by NAMELSAD (None without), and if it has a government."""

    plain: str
    full: str | None
    governs: bool


def rule_county(area: CensusArea) -> Division | None:
    """Return the division of a county by LSAD or, without it, by NAMELSAD."""
    name = area.fields.get("NAME", "")
    kind = area.fields.get("LSAD") or find_lsad(name, area.fields.get("NAMELSAD", ""))
    return name_county(area.state, area.geoid, name, kind)


def rule_congress(area: CensusArea) -> str:
    """Return the division id of a congressional district."""
    seat = "at-large" if area.code in AT_LARGE else str(int(area.code))
    return f"{area.state.division_id}/cd:{seat}"


def rule_legislature(layer: Layer, areas: Sequence[CensusArea]) -> dict[str, str]:
    """Return division ids by GEOID for the states whose districts are numbered."""
    by_state: dict[str, list[CensusArea]] = defaultdict(list)
    for area in areas:
        by_state[area.state.code].append(area)
    found: dict[str, str] = {}
    for code, members in by_state.items():
        numbers = [_NUMBERED.fullmatch(area.code) for area in members]
        if (code, layer) in NAMED or not all(numbers):
            continue
        kind = "ward" if code == "DC" else layer.value
        for area, number in zip(members, numbers, strict=True):
            if number is not None:
                found[area.geoid] = f"{area.state.division_id}/{kind}:{number.group(1).lower()}"
    return found


def rule_places(
    layer: Layer,
    areas: Iterable[CensusArea],
    counties: Mapping[str, str],
    taken: Iterable[str] = (),
) -> dict[str, str]:
    """Return division ids by GEOID of places or county subdivisions.

    - ``counties``: division ids of counties by GEOID, for subdivisions outside New England; one
      whose county is missing gets none, nor does one that cannot be distinguished from another.
    - ``taken``: ids that a mapping assigned to others.
    """
    candidates = {
        area.geoid: candidate
        for area in areas
        if (candidate := _make_candidate(layer, area, counties)) is not None
    }
    name_counts = Counter(candidate.plain for candidate in candidates.values())
    governing = Counter(c.plain for c in candidates.values() if c.governs)
    has = set(taken)
    found = {}
    for geoid, candidate in candidates.items():
        alone = name_counts[candidate.plain] == 1
        first = alone or (candidate.governs and governing[candidate.plain] == 1)
        if first and candidate.plain not in has:
            found[geoid] = candidate.plain
        elif candidate.full is not None:
            found[geoid] = candidate.full
    return found


def _make_candidate(
    layer: Layer, area: CensusArea, counties: Mapping[str, str]
) -> _Candidate | None:
    is_town = area.state.code in NEW_ENGLAND
    parent: str | None = area.state.division_id
    if layer == Layer.COUSUB and not is_town:
        parent = counties.get(area.geoid[:5])
    name = area.fields.get("NAME")
    if parent is None or not name:
        return None
    full = area.fields.get("NAMELSAD")
    status = area.fields.get("FUNCSTAT")
    return _Candidate(
        f"{parent}/place:{make_slug(name)}",
        f"{parent}/place:{make_slug(full)}" if full else None,
        area.fields.get("LSAD") != CDP
        and status not in STATISTICAL
        # In New England a city is a place, and its subdivision a fictitious one that fills the
        # county.
        and (is_town or status != MADE_UP),
    )
