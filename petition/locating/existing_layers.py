"""List which of a campaign's layers exist at an address, in the boundaries in force."""

from collections.abc import Sequence

from petition.boundaries.polygons import Boundaries
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome
from petition.models import Layer
from petition.models.campaigns.layers import PARTIAL, TOWNS, list_layers_in


def list_existing(wanted: Sequence[str], state: str, boundaries: Boundaries) -> list[str]:
    """Return the layers that exist in a state, of those in ``wanted``."""
    return [
        layer
        for layer in list_layers_in(wanted, state)
        if layer != Layer.COUSUB or state in TOWNS or _covers(layer, state, boundaries)
    ]


def take_state(outcome: Outcome, state: str, wanted: Sequence[str], boundaries: Boundaries) -> None:
    """Place the outcome in the given state; clear the reason if that is the only layer."""
    if Layer.STATE not in wanted or Layer.STATE not in boundaries.layers:
        return
    district_id = boundaries.layers[Layer.STATE].find_sole(state)
    if district_id is not None:
        outcome.placements[Layer.STATE] = FoundDistrict(district_id, FoundBy.AT_LARGE)
        if set(wanted) == {Layer.STATE}:
            outcome.reason = None


def leaves_out(layer: str, state: str, boundaries: Boundaries) -> bool:
    """Return whether a point in none of a state's districts of a layer may be correct."""
    return layer in PARTIAL and _covers(layer, state, boundaries)


def _covers(layer: str, state: str, boundaries: Boundaries) -> bool:
    return layer in boundaries.layers and boundaries.layers[layer].covers(state)
