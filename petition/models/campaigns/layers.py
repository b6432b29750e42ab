"""By which layers people are counted where they live: not every layer is everywhere.

- A legislature of one chamber is counted once, as ``sldu``, and answers for ``sldl`` too.
- Outside cities there is no place, and in most states county subdivisions are statistical areas
  that nobody is elected for.
"""

from collections.abc import Mapping, Sequence

from petition.models.officials.district import Layer
from petition.models.officials.post import PostRole

# Source: the legislatures' own names; the Census Bureau has their districts as SLDU alone.
ONE_CHAMBER = frozenset({"NE", "DC", "GU", "VI"})
# States whose county subdivisions govern themselves. Source: Census Bureau, Individual State
# Descriptions (2022 Census of Governments): the twenty with town or township governments.
TOWNS = frozenset(
    "CT IL IN KS ME MA MI MN MO NE NH NJ NY ND OH PA RI SD VT WI".split(),
)
# Layers whose districts people know by name, in the order in which they are asked which is theirs.
NAMED = (Layer.COUNTY, Layer.COUSUB, Layer.PLACE)
# Layers that leave parts of a state out.
PARTIAL = frozenset({Layer.PLACE, Layer.COUSUB})
# Layers in one district of which everybody is counted, whatever their state.
WHOLE = frozenset({Layer.STATE, Layer.COUNTY, Layer.CD, Layer.SLDU})
# Layers that a state and a ZIP code tell without a street.
COARSE = frozenset({Layer.STATE, Layer.COUNTY})


def name_layer(layer: str, state: str) -> str:
    """Return the layer whose districts answer for ``layer`` in a state (``NE``)."""
    return Layer.SLDU if layer == Layer.SLDL and state in ONE_CHAMBER else layer


def list_layers_in(layers: Sequence[str], state: str) -> list[str]:
    """Return the layers by which a campaign counts who lives in a state, each once."""
    return list(dict.fromkeys(name_layer(layer, state) for layer in layers))


def list_counted_layers(layers: Sequence[str]) -> list[str]:
    """Return all layers whose districts a campaign may count in, its own first."""
    beside = [Layer.SLDU] if Layer.SLDL in layers else []
    return list(dict.fromkeys([*layers, *beside]))


def choose_whole_layer(layers: Sequence[str]) -> str | None:
    """Return a layer of a campaign whose counts add up to everybody; None where none is sure to."""
    return next((layer for layer in layers if layer in WHOLE), None)


def writes_to(recipients: Mapping[str, Sequence[str]], layer: str, role: str) -> bool:
    """Return whether a campaign writes to posts of a role in a layer; see Campaign.recipients.

    - Who writes to a chamber writes to the only one that a legislature has.
    """
    roles = recipients.get(layer)
    if roles is None or role in roles:
        return True
    return role == PostRole.LEGISLATURE and not {PostRole.UPPER, PostRole.LOWER}.isdisjoint(roles)
