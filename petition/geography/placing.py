"""Decides for a batch of addresses in which districts each lies, or why a person must look.

Nothing is read or written here: locations and polygons in, outcomes out.

- The answer's state and ZIP must be those that the signer wrote.
- A polygon decides what was found exactly. Anything else is decided by the ZIP where that tells,
  see postal_deciding.py; the middle of a ZIP, of a town or of a long street decides nothing.
- Where it does not tell, people are asked: for a county or a town by name, else for their street.
- Only districts of the signer's state count.
- One layer without a district sends the signature to review, for all of its layers; the districts
  that it could be are its candidates.
- A layer that does not exist where somebody lives is skipped: outside cities there is no place,
  and one chamber answers for two. One that is not loaded is waited for. See models/layers.py.
- The state is the one that was written; no polygon of it is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import h3
import numpy as np

from petition.errors import PetitionError, Retryable
from petition.geography.boundaries import NOWHERE, Boundaries
from petition.geography.existing import leaves_out, list_existing, take_state
from petition.geography.geocoders.protocol import (
    Address,
    AmbiguousAddress,
    Location,
    Precision,
)
from petition.geography.homes import take_home
from petition.geography.normalizing import BOXES, Kind, normalize
from petition.geography.outcomes import Found, FoundBy, Outcome, ReviewReason
from petition.geography.postal import clean_postal_code, list_states
from petition.geography.postal_areas import Areas
from petition.geography.postal_deciding import Told, decide_by_postal_code
from petition.models import Layer, Person
from petition.models.tally import CELL_RESOLUTION

EXACT = frozenset({Precision.ROOFTOP, Precision.STREET})
# Layers whose districts people know by name, and why a signature waits for that; of several the
# first. Every other layer asks for the street.
ASKED_BY_NAME: Mapping[str, ReviewReason] = {
    Layer.COUNTY: ReviewReason.SEVERAL_COUNTIES,
    Layer.COUSUB: ReviewReason.SEVERAL_TOWNS,
    Layer.PLACE: ReviewReason.SEVERAL_TOWNS,
}


@dataclass(slots=True)
class _Point:
    """An address that was found and not refused, as the layers look at it."""

    outcome: Outcome
    address: Address
    location: Location
    state: str


def place_addresses(
    addresses: Sequence[Address],
    answers: Sequence[Location | PetitionError],
    layers: Sequence[Sequence[str]],
    boundaries: Boundaries,
    areas: Areas | None = None,
) -> list[Outcome]:
    """Return the outcome for each address, from its geocoders' answer and for its layers.

    - ``areas``: the districts that the addresses' ZIPs reach into; see postal_areas.py.
    """
    areas = areas or {}
    outcomes = [Outcome() for _ in addresses]
    by_layer: dict[str, list[_Point]] = {}
    for outcome, address, answer, wanted in zip(outcomes, addresses, answers, layers, strict=True):
        _read_answer(outcome, address, answer, wanted, boundaries, areas)
        if outcome.reason is not None:
            _suggest(outcome, address, wanted, boundaries, areas)
        elif outcome.location is not None and not outcome.placements:
            where = outcome.location
            point = _Point(outcome, address, where, address.region or where.region)
            for layer in list_existing(wanted, point.state, boundaries):
                by_layer.setdefault(layer, []).append(point)
    for layer, points in by_layer.items():
        _place_layer(layer, [p for p in points if not p.outcome.retry], boundaries, areas)
    for outcome, address, wanted in zip(outcomes, addresses, layers, strict=True):
        settled = outcome.retry or outcome.reason is not None
        if outcome.location is not None and not settled and not outcome.placements:
            outcome.reason = ReviewReason.NO_DISTRICT  # none of its layers exists there
        if address.home:
            state = address.region or (outcome.location.region if outcome.location else "")
            existing = list_existing(wanted, state, boundaries)
            take_home(outcome, address.home, existing, boundaries)
    return outcomes


def read_address(who: Person) -> Address:
    """Return where a signer lives, as they wrote it."""
    region = who.region.strip().upper()
    return Address(who.street_address, who.locality, region, who.postal_code, home=who.home)


@lru_cache(50_000)
def find_cell(latitude: float, longitude: float) -> str:
    """Return the H3 cell of resolution 7 that a point lies in."""
    return str(h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION))


def _settled(error: PetitionError) -> ReviewReason:
    try:
        return ReviewReason(error.code)
    except ValueError:
        return ReviewReason.ADDRESS_NOT_FOUND


def _read_answer(
    outcome: Outcome,
    address: Address,
    answer: Location | PetitionError,
    wanted: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Take the geocoders' answer, or why there is none; what it cannot be is a reason too."""
    if isinstance(answer, Location):
        outcome.location = answer
        outcome.reason = _disagrees(address, answer)
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


def _refuse_box(outcome: Outcome, address: Address) -> None:
    """Ask for the home where a box or a route was given for a street: there mail waits."""
    if outcome.location is not None and outcome.location.precision in EXACT:
        return
    if normalize(address).kind in BOXES:
        outcome.placements.clear()
        outcome.reason = ReviewReason.NEEDS_ADDRESS


def _disagrees(address: Address, location: Location) -> ReviewReason | None:
    if address.region and location.region and address.region != location.region:
        # A ZIP may lie in two states, and the list of ZIPs knows one of them.
        by_zip = location.precision == Precision.POSTAL and location.postal_code
        if not by_zip or address.region not in list_states(location.postal_code):
            return ReviewReason.OUTSIDE_STATE
    if location.postal_code in ("", address.postal_code):
        return None
    same = location.postal_code == clean_postal_code(address.postal_code)
    return None if same else ReviewReason.OTHER_POSTAL_CODE


def _place_layer(
    layer: str, points: Sequence[_Point], boundaries: Boundaries, areas: Areas
) -> None:
    if layer not in boundaries.layers:
        for point in points:
            point.outcome.retry = True
        return
    if layer == Layer.STATE:
        _place_states(points, boundaries)
        return
    points = list(_precise_enough(layer, points, boundaries, areas))
    longitudes = [point.location.longitude for point in points]
    latitudes = [point.location.latitude for point in points]
    states = [point.state for point in points]
    outside = []
    found = boundaries.match(layer, longitudes, latitudes, states).tolist()
    for index, district_id in boundaries.layers[layer].match_over(
        np.asarray(longitudes), np.asarray(latitudes), states
    ):
        if district_id != found[index]:
            over = points[index].outcome.over.setdefault(layer, [])
            over.append(Found(district_id, FoundBy.POLYGON))
    for point, district_id in zip(points, found, strict=True):
        if district_id != NOWHERE:
            point.outcome.placements[layer] = Found(district_id, FoundBy.POLYGON)
        else:
            outside.append(point)
    _refuse(layer, outside, boundaries)


def _place_states(points: Iterable[_Point], boundaries: Boundaries) -> None:
    for point in points:
        district_id = boundaries.layers[Layer.STATE].find_sole(point.state)
        if district_id is None:
            point.outcome.refuse(ReviewReason.NO_DISTRICT)
        else:
            point.outcome.placements[Layer.STATE] = Found(district_id, FoundBy.AT_LARGE)


def _precise_enough(
    layer: str, points: Iterable[_Point], boundaries: Boundaries, areas: Areas
) -> Iterable[_Point]:
    """Give the points that a polygon may decide; settle the others by their ZIP.

    - Where the ZIP's state has none of the layer's districts, no street is asked for.
    """
    for point in points:
        if point.location.precision in EXACT:
            yield point
            continue
        outcome = point.outcome
        told = _ask_postal_code(layer, point.address, point.location, boundaries, areas)
        if told is None:
            outcome.refuse(ReviewReason.NO_DISTRICT)
        elif told.found is not None:
            outcome.take(layer, told.found, told.over)
        elif point.location.provisional:
            outcome.retry = True
        else:
            outcome.candidates.update(told.among)
            outcome.refuse(_why_untold(layer, point.address))


def _ask_postal_code(
    layer: str,
    address: Address,
    location: Location | None,
    boundaries: Boundaries,
    areas: Areas,
) -> Told | None:
    """Return what an address's ZIP tells; None where its states have no district of the layer."""
    code = clean_postal_code(address.postal_code) or ""
    states = list_states(code) or ((location.region,) if location else ())
    if address.region:
        states = (address.region,)
    districts = boundaries.layers[layer]
    if not any(districts.covers(state) for state in states):
        return None
    return decide_by_postal_code(layer, code, states, districts, areas)


def _why_untold(layer: str, address: Address) -> ReviewReason:
    """A street that no geocoder knows needs another look; a box at the post office is none."""
    if layer in ASKED_BY_NAME:
        return ASKED_BY_NAME[layer]
    given = normalize(address).kind is Kind.STREET
    return ReviewReason.ADDRESS_NOT_FOUND if given else ReviewReason.NEEDS_ADDRESS


def _ask_by_name(
    outcome: Outcome,
    address: Address,
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Wait for a name rather than for another address where a ZIP without a point was all."""
    known = list_states(clean_postal_code(address.postal_code) or "")
    if not known or normalize(address).kind is Kind.STREET:
        return
    untold = []
    for layer in list_existing(layers, address.region or known[0], boundaries):
        if layer not in boundaries.layers or layer == Layer.STATE:
            continue
        told = _ask_postal_code(layer, address, None, boundaries, areas)
        if told is not None and told.found is not None:
            outcome.take(layer, told.found, told.over)
        elif told is not None:
            outcome.candidates.update(told.among)
            untold.append(layer)
    if untold:
        outcome.reason = None
        for layer in untold:
            outcome.refuse(_why_untold(layer, address))


def _choose_among(
    outcome: Outcome,
    address: Address,
    candidates: Sequence[Location],
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Take the districts that all candidates agree on; where they do not, it is a guess.

    - Where one of them is not exact, the ZIP must tell the same.
    """
    outcome.reason = ReviewReason.AMBIGUOUS_ADDRESS
    fitting = [found for found in candidates if _disagrees(address, found) is None]
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
        sole = Found(ids.pop(), FoundBy.POLYGON) if len(ids) == 1 and NOWHERE not in ids else None
        exact = all(found.precision in EXACT for found in fitting)
        if sole and not exact:
            told = _ask_postal_code(layer, address, fitting[0], boundaries, areas)
            ids = {sole.district_id}
            same = told and told.found and told.found.district_id == sole.district_id
            sole = told.found if told and same else None
        if sole:
            outcome.placements[layer] = sole
        elif ids != {NOWHERE} or not exact or not leaves_out(layer, state, boundaries):
            outcome.candidates |= ids - {NOWHERE}
            open_layers += 1
    if outcome.placements and not open_layers:
        outcome.location, outcome.reason = fitting[0], None


def _suggest(
    outcome: Outcome,
    address: Address,
    layers: Sequence[str],
    boundaries: Boundaries,
    areas: Areas,
) -> None:
    """Name the districts that the place found and the ZIP that was written could mean."""
    code = clean_postal_code(address.postal_code) or ""
    state = address.region or (outcome.location.region if outcome.location else "")
    for layer in set(list_existing(layers, state, boundaries)) - {*outcome.placements, Layer.STATE}:
        outcome.candidates.update(share.district_id for share in areas.get((layer, code), ()))
        where = outcome.location
        if where is not None and layer in boundaries.layers:
            found = boundaries.match(layer, [where.longitude], [where.latitude]).tolist()
            outcome.candidates.update(set(found) - {NOWHERE})


def _refuse(layer: str, points: Sequence[_Point], boundaries: Boundaries) -> None:
    """Send the points that no polygon of their state covers to review; another state's may."""
    if not points:
        return
    anywhere = boundaries.match(
        layer,
        [point.location.longitude for point in points],
        [point.location.latitude for point in points],
    ).tolist()
    for point, district_id in zip(points, anywhere, strict=True):
        outcome = point.outcome
        if district_id == NOWHERE and leaves_out(layer, point.state, boundaries):
            continue
        # It is stronger than a reason that another layer gave: the place cannot be right.
        outcome.reason = (
            ReviewReason.NO_DISTRICT if district_id == NOWHERE else ReviewReason.OUTSIDE_STATE
        )
        outcome.candidates.update({district_id} - {NOWHERE})
