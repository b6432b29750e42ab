"""The layers in which people are counted by where they live: not every layer exists everywhere.

- A legislature of one chamber is counted once, as ``sldu``, which serves as ``sldl`` too.
- Outside cities there is no place, and in most states county subdivisions are statistical areas
  without elected officials.
"""

from collections.abc import Mapping, Sequence

from petition.models.officials.district import Layer
from petition.models.officials.post import PostRole

# Source: the legislatures' own names; the Census Bureau lists their districts as SLDU only.
ONE_CHAMBER = frozenset({"NE", "DC", "GU", "VI"})
# States whose county subdivisions govern themselves. Source: Census Bureau, Individual State
# Descriptions (2022 Census of Governments): the twenty with town or township governments.
TOWNS = frozenset(
    "CT IL IN KS ME MA MI MN MO NE NH NJ NY ND OH PA RI SD VT WI".split(),
)
# Layers whose districts people know by name, in the order in which the form asks for them.
NAMED = (Layer.COUNTY, Layer.COUSUB, Layer.PLACE)
# Layers that do not cover all of a state.
PARTIAL = frozenset({Layer.PLACE, Layer.COUSUB})
# Layers in which everybody is counted in exactly one district, whatever their state.
WHOLE = frozenset({Layer.STATE, Layer.COUNTY, Layer.CD, Layer.SLDU})
# Layers for which a state and a ZIP code are enough, without a street.
COARSE = frozenset({Layer.STATE, Layer.COUNTY})


def name_layer(layer: str, state: str) -> str:
    """Return the layer whose districts serve as ``layer`` in a state (``NE``)."""
    return Layer.SLDU if layer == Layer.SLDL and state in ONE_CHAMBER else layer


def list_layers_in(layers: Sequence[str], state: str) -> list[str]:
    """Return the layers in which a campaign counts the people of a state, each once."""
    return list(dict.fromkeys(name_layer(layer, state) for layer in layers))


def list_counted_layers(layers: Sequence[str]) -> list[str]:
    """Return all layers whose districts a campaign may count in, its own first."""
    beside = [Layer.SLDU] if Layer.SLDL in layers else []
    return list(dict.fromkeys([*layers, *beside]))


def choose_whole_layer(layers: Sequence[str]) -> str | None:
    """Return a layer of a campaign whose counts add up to all signers; None if none is certain."""
    return next((layer for layer in layers if layer in WHOLE), None)


def writes_to(recipients: Mapping[str, Sequence[str]], layer: str, role: str) -> bool:
    """Return whether a campaign writes to posts of a role in a layer; see Campaign.recipients.

    - A campaign that writes to either chamber writes to the only chamber of a legislature.
    """
    roles = recipients.get(layer)
    if roles is None or role in roles:
        return True
    return role == PostRole.LEGISLATURE and not {PostRole.UPPER, PostRole.LOWER}.isdisjoint(roles)
