"""Apply the geocoders' answer about an address: one location, several, or an error.

- A location that contradicts the given state or ZIP goes to review.
- Where several locations fit, the districts that they agree on are taken; anything else would be a
  guess.
- A post office box or a rural route given as street is a mailing address and does not locate a
  home.
"""

from collections.abc import Sequence

from petition.boundaries.polygons import NOWHERE, Boundaries
from petition.boundaries.postal_areas import Areas
from petition.core.errors import PetitionError, Retryable
from petition.geocoding.geocoder import (
    EXACT,
    Address,
    AmbiguousAddress,
    Location,
    Precision,
)
from petition.geocoding.normalization import BOXES, AddressKind, normalize
from petition.locating.existing_layers import leaves_out, list_existing, take_state
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome, ReviewReason
from petition.locating.zip_decision import ask_postal_code, choose_review_reason
from petition.models import Layer
from petition.postal.zip_places import clean_postal_code, list_states


def read_answer(
    outcome: Outcome,
    address: Address,
    answer: Location | PetitionError,
    wanted: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Apply the geocoders' answer or error to an outcome; a contradiction is a reason too."""
    if isinstance(answer, Location):
        outcome.location = answer
        outcome.reason = _find_contradiction(address, answer)
    elif isinstance(answer, AmbiguousAddress):
        _choose_among(outcome, address, answer.candidates, wanted, boundaries, areas)
    else:
        outcome.retry = isinstance(answer, Retryable)
        outcome.reason = None if outcome.retry else _settled(answer)
        if outcome.reason == ReviewReason.ADDRESS_NOT_FOUND:
            take_state(outcome, address.region, wanted, boundaries)
            _ask_by_name(outcome, address, wanted, boundaries, areas)
    if address.street_address and not outcome.retry:
        _refuse_box(outcome, address)


def suggest(
    outcome: Outcome,
    address: Address,
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Add the districts of the location found and of the ZIP given as candidates."""
    code = clean_postal_code(address.postal_code) or ""
    state = address.region or (outcome.location.region if outcome.location else "")
    for layer in set(list_existing(layers, state, boundaries)) - {*outcome.placements, Layer.STATE}:
        outcome.candidates.update(share.district_id for share in areas.get((layer, code), ()))
        where = outcome.location
        if where is not None and layer in boundaries.layers:
            found = boundaries.match(layer, [where.longitude], [where.latitude]).tolist()
            outcome.candidates.update(set(found) - {NOWHERE})


def _settled(error: PetitionError) -> ReviewReason:
    try:
        return ReviewReason(error.code)
    except ValueError:
        return ReviewReason.ADDRESS_NOT_FOUND


def _refuse_box(outcome: Outcome, address: Address) -> None:
    """Require a home address where a box or a route, which only receive mail, was given."""
    if outcome.location is not None and outcome.location.precision in EXACT:
        return
    if normalize(address).kind in BOXES:
        outcome.placements.clear()
        outcome.reason = ReviewReason.NEEDS_ADDRESS


def _find_contradiction(address: Address, location: Location) -> ReviewReason | None:
    if address.region and location.region and address.region != location.region:
        # A ZIP may lie in two states; the list of ZIPs has one of them.
        by_zip = location.precision == Precision.POSTAL and location.postal_code
        if not by_zip or address.region not in list_states(location.postal_code):
            return ReviewReason.OUTSIDE_STATE
    if location.postal_code in ("", address.postal_code):
        return None
    same = location.postal_code == clean_postal_code(address.postal_code)
    return None if same else ReviewReason.OTHER_POSTAL_CODE


def _ask_by_name(
    outcome: Outcome,
    address: Address,
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Ask for names rather than another address where only a ZIP without a point was given."""
    known = list_states(clean_postal_code(address.postal_code) or "")
    if not known or normalize(address).kind is AddressKind.STREET:
        return
    undecided = []
    for layer in list_existing(layers, address.region or known[0], boundaries):
        if layer not in boundaries.layers or layer == Layer.STATE:
            continue
        zip_answer = ask_postal_code(layer, address, None, boundaries, areas)
        if zip_answer is not None and zip_answer.found is not None:
            outcome.take(layer, zip_answer.found, zip_answer.over)
        elif zip_answer is not None and zip_answer.is_outside:
            outcome.skipped.add(layer)
        elif zip_answer is not None:
            outcome.candidates.update(zip_answer.among)
            undecided.append(layer)
    if undecided:
        outcome.reason = None
        for layer in undecided:
            outcome.refuse(choose_review_reason(layer, address))


def _choose_among(
    outcome: Outcome,
    address: Address,
    candidates: Sequence[Location],
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Take the districts that all candidates agree on; otherwise leave the layer open.

    - Where one of the candidates is not exact, the ZIP must give the same district.
    """
    outcome.reason = ReviewReason.AMBIGUOUS_ADDRESS
    fitting = [found for found in candidates if _find_contradiction(address, found) is None]
    if not fitting:
        return
    state = address.region or fitting[0].region
    open_layers = 0
    for layer in list_existing(layers, state, boundaries):
        if layer not in boundaries.layers:
            return
        if layer == Layer.STATE:
            take_state(outcome, state, layers, boundaries)
            open_layers += layer not in outcome.placements
            continue
        ids = set(
            boundaries.match(
                layer,
                [found.longitude for found in fitting],
                [found.latitude for found in fitting],
                [address.region or found.region for found in fitting],
            ).tolist()
        )
        sole = (
            FoundDistrict(ids.pop(), FoundBy.POLYGON)
            if len(ids) == 1 and NOWHERE not in ids
            else None
        )
        exact = all(found.precision in EXACT for found in fitting)
        if sole and not exact:
            zip_answer = ask_postal_code(layer, address, fitting[0], boundaries, areas)
            ids = {sole.district_id}
            same = (
                zip_answer and zip_answer.found and zip_answer.found.district_id == sole.district_id
            )
            sole = zip_answer.found if zip_answer and same else None
        if sole:
            outcome.placements[layer] = sole
        elif ids != {NOWHERE} or not exact or not leaves_out(layer, state, boundaries):
            outcome.candidates |= ids - {NOWHERE}
            open_layers += 1
        else:
            outcome.skipped.add(layer)
    if outcome.placements and not open_layers:
        outcome.location, outcome.reason = fitting[0], None
