"""The names of districts, from the Census Bureau's fields."""

import re

from petition.boundaries.importing.areas import CensusArea
from petition.models import Layer
from petition.models.officials.district import ZCTA

# Generalized files from before 2020 name a district by its number alone, or not at all.
WORDS = {
    Layer.SLDU: "State Senate District",
    Layer.SLDL: "State House District",
    Layer.CD: "Congressional District",
}
AT_LARGE = ("00", "98")
_NUMBER = re.compile(r"0*(\d+[A-Za-z]?|[A-Z])")
_LAST_NUMBER = re.compile(r"(?<= )0+(?=\d+[A-Z]?$)")


def name_district(layer: str, area: CensusArea) -> str:
    """Return the name of an area that is no county.

    - Places and towns by NAME ("Boston"), the others by NAMELSAD ("State Senate District 5", "2nd
      Essex District"), ZIP areas by their code.
    """
    name = area.fields.get("NAME", "")
    if layer == ZCTA:
        return area.geoid
    if layer in (Layer.PLACE, Layer.COUSUB, Layer.STATE):
        return name or area.fields.get("NAMELSAD", "")
    if layer == Layer.CD and area.code in AT_LARGE:
        full = area.fields.get("NAMELSAD") or "Congressional District (at Large)"
        return full.replace("(at Large)", "at Large")
    full = area.fields.get("NAMELSAD") or _make_name(layer, name or area.code)
    return _LAST_NUMBER.sub("", full)


def _make_name(layer: str, name: str) -> str:
    number = _NUMBER.fullmatch(name)
    return f"{WORDS[Layer(layer)]} {number.group(1)}" if number else name
