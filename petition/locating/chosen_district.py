"""Takes the district that a signer has named where their address leaves several.

People know their county and their town by name, and hardly their legislative district: of that the
street is asked.

- What a polygon or the whole of a ZIP's area has decided stays: a street that was found is first.
- Only one of the districts in question is taken; anything else changes nothing. Where the layer
  leaves parts of a state out, it is taken too that they live in none: the layer is skipped.
- Where a place was found that cannot be right, a person looks, whatever was named.
"""

from collections.abc import Sequence

from petition.boundaries.polygons import Boundaries, LayerBoundaries
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome, ReviewReason
from petition.models import Layer
from petition.models.home import OUTSIDE, read_home
from petition.models.layers import NAMED, PARTIAL

# What another word of the signer's could change: with these a layer is open, not elsewhere.
LEFT_OPEN = frozenset(
    {
        ReviewReason.SEVERAL_COUNTIES,
        ReviewReason.SEVERAL_TOWNS,
        ReviewReason.NEEDS_ADDRESS,
        ReviewReason.ADDRESS_NOT_FOUND,
        ReviewReason.AMBIGUOUS_ADDRESS,
    }
)


def take_home(outcome: Outcome, home: str, layers: Sequence[str], boundaries: Boundaries) -> None:
    """Place the layers that are open in the districts of ``home``, as far as it names them.

    - What is still open then waits for the street. Who lives in no district of any layer is told.
    """
    if outcome.retry or outcome.reason not in LEFT_OPEN:
        return
    taken = False
    for layer, geoid in read_home(home).items():
        polygons = boundaries.layers.get(layer)
        if layer not in NAMED or layer not in layers or polygons is None:
            continue
        if layer in outcome.placements or layer in outcome.skipped:
            continue
        if not _take(outcome, layer, geoid, polygons):
            continue
        outcome.candidates = {one for one in outcome.candidates if not polygons.find_state(one)}
        taken = True
    if not taken:
        return
    is_open = set(layers) - set(outcome.placements) - outcome.skipped
    if not is_open:
        outcome.reason = None if outcome.placements else ReviewReason.NO_DISTRICT
    elif not is_open <= set(NAMED):
        outcome.reason = ReviewReason.NEEDS_ADDRESS
    elif outcome.reason == ReviewReason.SEVERAL_COUNTIES and Layer.COUNTY not in is_open:
        outcome.reason = ReviewReason.SEVERAL_TOWNS


def _take(outcome: Outcome, layer: str, geoid: str, polygons: LayerBoundaries) -> bool:
    """Take a district that is in question, or that there is none; return whether it could be."""
    if geoid == OUTSIDE:
        if layer in PARTIAL:
            outcome.skipped.add(layer)
        return layer in PARTIAL
    named = polygons.find_geoid(geoid)
    if named is None or named not in outcome.candidates:
        return False
    outcome.placements[layer] = FoundDistrict(named, FoundBy.SIGNER)
    return True
