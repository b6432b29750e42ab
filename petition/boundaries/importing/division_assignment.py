"""Assign division ids to the areas of a file, by a mapping or by rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from petition.boundaries.divisions.division_rules import (
    NAMED,
    rule_congress,
    rule_county,
    rule_legislature,
    rule_places,
)
from petition.boundaries.divisions.mappings.mapping import IdMapping
from petition.boundaries.importing.areas import CensusArea
from petition.boundaries.importing.district_names import name_district
from petition.core.errors import ImportRefused
from petition.models import Layer
from petition.models.officials.district import ZCTA

LEGISLATURE = (Layer.SLDU, Layer.SLDL)
# Returns division ids of counties by GEOID; called only for county subdivisions.
FindCounties = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class AssignedDivisions:
    """Division ids and names, parallel to the areas; how many ids came from a mapping."""

    division_ids: list[str]
    names: list[str]
    by_mapping: int


def assign_divisions(
    file: str,
    layer: str,
    areas: Sequence[CensusArea],
    mapping: IdMapping | None,
    find_counties: FindCounties,
) -> AssignedDivisions:
    """Return the division ids and names of a file's areas.

    - An entry of the mapping takes precedence. Missing entries fall back to the rule, except for
      legislative districts, where a mapping must have all.
    - ZIP areas have no division: theirs is ``zcta:<code>``, which has no elected office.
    - Raises ImportRefused when an area gets none, or two get the same; the text says which file to
      pass.
    """
    mapped: dict[str, str] = {}
    if mapping is not None and layer != ZCTA:
        found = ((area.geoid, mapping.find(layer, area.geoid)) for area in areas)
        mapped = {geoid: division for geoid, division in found if division is not None}
        if not mapped:
            raise ImportRefused(
                f"{file}: the mapping has no entry for any of its {len(areas)} districts (such as "
                f"{layer}-{areas[0].geoid}); expected the mapping of this state and layer"
            )
    rest = [area for area in areas if area.geoid not in mapped]
    ruled: dict[str, str] = {}
    if rest and not (mapping is not None and layer in LEGISLATURE):
        ruled = _apply_rule(layer, rest, mapped, find_counties)
    ids = mapped | ruled
    _refuse_missing(file, layer, [area for area in areas if area.geoid not in ids], mapping)
    _refuse_duplicates(file, areas, ids, mapping)
    names = [_name(layer, area) for area in areas]
    return AssignedDivisions([ids[area.geoid] for area in areas], names, len(mapped))


def _apply_rule(
    layer: str,
    areas: Sequence[CensusArea],
    mapped: Mapping[str, str],
    find_counties: FindCounties,
) -> dict[str, str]:
    if layer == ZCTA:
        return {area.geoid: f"{ZCTA}:{area.geoid}" for area in areas}
    if layer == Layer.COUNTY:
        counties = ((area.geoid, rule_county(area)) for area in areas)
        return {geoid: division.id for geoid, division in counties if division is not None}
    if layer == Layer.STATE:
        return {area.geoid: area.state.division_id for area in areas}
    if layer == Layer.CD:
        return {area.geoid: rule_congress(area) for area in areas}
    if layer in LEGISLATURE:
        return rule_legislature(Layer(layer), areas)
    parents = find_counties() if layer == Layer.COUSUB else {}
    return rule_places(Layer(layer), areas, parents, mapped.values())


def _name(layer: str, area: CensusArea) -> str:
    division = rule_county(area) if layer == Layer.COUNTY else None
    return division.name if division is not None else name_district(layer, area)


def _refuse_missing(
    file: str, layer: str, areas: Sequence[CensusArea], mapping: IdMapping | None
) -> None:
    if not areas:
        return
    first = areas[0]
    shown = ", ".join(area.geoid for area in areas[:5]) + (", ..." if len(areas) > 5 else "")
    kind = first.fields.get("LSAD") or first.fields.get("NAMELSAD")
    reason = {
        Layer.COUNTY: (
            f"there is no rule for LSAD {kind!r}; add its kind to "
            "petition/boundaries/divisions/county_ids.py or pass --ids with Open Civic Data's "
            "us_census_places.csv"
        ),
        Layer.COUSUB: (
            f"the ids of subdivisions in {first.state.name} contain those of their counties: "
            "import the counties first, or pass --ids with us_census_places.csv"
        ),
        Layer.PLACE: (
            "no rule distinguishes it from another of the same name; pass --ids with Open Civic "
            "Data's us_census_places.csv"
        ),
    }.get(Layer(layer), _explain_legislature(layer, first, mapping))
    raise ImportRefused(
        f"{file}: {len(areas)} districts have no division id ({shown}); the first is row "
        f"{first.row} ({first.geoid}): {reason}"
    )


def _explain_legislature(layer: str, area: CensusArea, mapping: IdMapping | None) -> str:
    code = area.state.code.lower()
    source = f"configs/jurisdictions/{code}.yml of github.com/openstates/openstates-geo"
    if mapping is not None:
        return (
            "it is not in the mapping, and a legislative district is never guessed; add the pair "
            f"{layer}-{area.geoid} to it, or use a newer {source}"
        )
    named = (area.state.code, layer) in NAMED
    why = "the districts there have names" if named else "its code is not a number"
    return f"{why}; pass OpenStates' mapping of {area.state.name} with --ids: {source}"


def _refuse_duplicates(
    file: str,
    areas: Sequence[CensusArea],
    ids: Mapping[str, str],
    mapping: IdMapping | None,
) -> None:
    holders: dict[str, CensusArea] = {}
    for area in areas:
        division = ids[area.geoid]
        other = holders.setdefault(division, area)
        if other is not area:
            remedy = (
                "correct the mapping, or leave --ids out if the districts are numbered"
                if mapping is not None
                else "pass --ids with a mapping that distinguishes them"
            )
            raise ImportRefused(
                f"{file}: rows {other.row} ({other.geoid}) and {area.row} ({area.geoid}) would "
                f"both be {division}; expected one district for each id: {remedy}"
            )
