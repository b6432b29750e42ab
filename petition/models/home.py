"""The districts that a signer names as theirs, as text: "county:51153 cousub:2301904580"."""

from collections.abc import Mapping
from typing import NamedTuple


class Home(NamedTuple):
    """What a signer named: the districts as text, and the state in which they are."""

    text: str
    region: str


def read_home(text: str) -> dict[str, str]:
    """Return the Census id of the district that was named in each layer; what is none is left out.

    - Ids of the Census and not of our rows: they outlive a boundary set.
    """
    pairs = (word.partition(":") for word in text.split())
    return {layer: geoid for layer, _, geoid in pairs if layer and geoid}


def write_home(named: Mapping[str, str]) -> str:
    """Return the text that ``read_home`` reads."""
    return " ".join(f"{layer}:{geoid}" for layer, geoid in sorted(named.items()))
