"""Place a signature in the district that its signer chose, where the address leaves several.

Signers are asked for their county and town by name, but not for a legislative district, which few
know; for that they are asked for their street.

- A district decided by a polygon or by the whole area of a ZIP stays: a geocoded street takes
  precedence.
- Only one of the candidates is accepted; any other choice is ignored. In a layer that leaves parts
  of a state out, "none" is accepted too: the layer is skipped.
- Where the geocoded place cannot be right, the signature goes to review, whatever was chosen.
"""

from collections.abc import Sequence

from petition.boundaries.polygons import Boundaries, LayerBoundaries
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome, ReviewReason
from petition.models import Layer
from petition.models.campaigns.layers import NAMED, PARTIAL
from petition.models.signatures.home import OUTSIDE, read_home

# Reasons that another answer of the signer can resolve; with these a layer is open.
LEFT_OPEN = frozenset(
    {
        ReviewReason.SEVERAL_COUNTIES,
        ReviewReason.SEVERAL_TOWNS,
        ReviewReason.NEEDS_ADDRESS,
        ReviewReason.ADDRESS_NOT_FOUND,
        ReviewReason.AMBIGUOUS_ADDRESS,
    }
)


def apply_chosen_districts(
    outcome: Outcome, home: str, layers: Sequence[str], boundaries: Boundaries
) -> None:
    """Place the open layers in the districts of ``home``, as far as it names them.

    - Layers that are still open then need the street. A signer without a district in any layer gets
      NO_DISTRICT.
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
        if not _accept(outcome, layer, geoid, polygons):
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


def _accept(outcome: Outcome, layer: str, geoid: str, polygons: LayerBoundaries) -> bool:
    """Accept a candidate district, or that there is none; return whether it was accepted."""
    if geoid == OUTSIDE:
        if layer in PARTIAL:
            outcome.skipped.add(layer)
        return layer in PARTIAL
    named = polygons.find_geoid(geoid)
    if named is None or named not in outcome.candidates:
        return False
    outcome.placements[layer] = FoundDistrict(named, FoundBy.SIGNER)
    return True
