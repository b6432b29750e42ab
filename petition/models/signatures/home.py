"""The districts that a signer names as theirs, as text: "county:51153 cousub:2301904580".

- "place:outside" is an answer too, for layers that do not cover a whole state.
"""

from collections.abc import Mapping
from typing import NamedTuple

# In place of a Census id: they live in none of the layer's districts.
OUTSIDE = "outside"


class Home(NamedTuple):
    """The answer of a signer: the districts as text, and the state in which they are.

    - ``region`` is empty if they named none and answered that they live outside.
    """

    text: str
    region: str


def read_home(text: str) -> dict[str, str]:
    """Return the Census id of the named district by layer, or ``OUTSIDE``; ignores invalid parts.

    - Ids of the Census, not of our rows: they stay valid when a boundary set is replaced.
    """
    pairs = (word.partition(":") for word in text.split())
    return {layer: geoid for layer, _, geoid in pairs if layer and geoid}


def list_outside(text: str) -> list[str]:
    """Return the layers in which the signer answered that they live in no district."""
    return [layer for layer, geoid in read_home(text).items() if geoid == OUTSIDE]


def write_home(named: Mapping[str, str]) -> str:
    """Return the text that ``read_home`` reads."""
    return " ".join(f"{layer}:{geoid}" for layer, geoid in sorted(named.items()))
