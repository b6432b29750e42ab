"""The output of every reader of a boundary file: features, which are fields with a geometry."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

# The fields that are used; the Census Bureau's files have a dozen more.
FIELDS = (
    "STATEFP",
    "GEOID",
    "NAME",
    "NAMELSAD",
    "LSAD",
    "MTFCC",
    "FUNCSTAT",
    "COUNTYFP",
    "COUSUBFP",
    "PLACEFP",
    "SLDUST",
    "SLDLST",
    "CDFP",
    "ZCTA5CE",
)
_DATED = re.compile(rf"({'|'.join(FIELDS)})(?:00|10|20)$")
_CONGRESS = re.compile(r"CD\d{2,3}FP(?:00|10|20)?$")


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of a boundary file, counted from 1, with its geometry unchanged."""

    row: int
    fields: Mapping[str, Any]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """An open boundary file.

    - ``names``: its fields, as ``normalize_field`` spells them; ``count``: the number of features.
    - ``features`` can be iterated once, which may raise ImportRefused.
    - ``notes``: warnings about a file that was accepted.
    """

    name: str
    names: frozenset[str]
    count: int
    features: Iterator[Feature]
    notes: tuple[str, ...] = field(default=())


def normalize_field(name: str) -> str:
    """Return a field's name without its vintage: GEOID20 is GEOID, CD119FP is CDFP."""
    upper = name.strip().upper()
    if _CONGRESS.match(upper):
        return "CDFP"
    dated = _DATED.match(upper)
    return dated.group(1) if dated else upper
