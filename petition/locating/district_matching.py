"""Decide for a batch of addresses in which districts each lies, or why it needs review.

A pure function: locations and polygons in, outcomes out; nothing is read or written here.

- The state and ZIP of the geocoder's answer must be those that the signer gave.
- A polygon decides for exact locations. Anything else is decided by the ZIP where possible, see
  zip_decision.py; the center of a ZIP, of a town or of a long street decides nothing.
- Where the ZIP does not decide, signers are asked: for a county or a town by name, else for their
  street.
- Only districts of the signer's state count.
- One layer without a district sends the signature to review, for all of its layers; the possible
  districts are its candidates.
- A layer that does not exist at an address is skipped: there is no place outside cities, and one
  chamber may serve two layers. A layer that is not loaded is retried. See models/layers.py.
- The state is the one that was given; no polygon of it is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import h3
import numpy as np

from petition.boundaries.polygons import NOWHERE, Boundaries
from petition.boundaries.postal_areas import Areas
from petition.core.errors import PetitionError
from petition.geocoding.geocoder import EXACT, Address, Location
from petition.locating.chosen_district import apply_chosen_districts
from petition.locating.existing_layers import leaves_out, list_existing
from petition.locating.geocoder_answers import read_answer, suggest
from petition.locating.outcomes import FoundBy, FoundDistrict, Outcome, ReviewReason
from petition.locating.zip_decision import ask_postal_code, choose_review_reason
from petition.models import Layer, Person
from petition.models.counts.tally import CELL_RESOLUTION


@dataclass(slots=True)
class _Point:
    """An accepted location of an address, as the layers use it."""

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

    - ``areas``: the districts that intersect the areas of the addresses' ZIPs; see postal_areas.py.
    """
    areas = areas or {}
    outcomes = [Outcome() for _ in addresses]
    by_layer: dict[str, list[_Point]] = {}
    for outcome, address, answer, wanted in zip(outcomes, addresses, answers, layers, strict=True):
        read_answer(outcome, address, answer, wanted, boundaries, areas)
        if outcome.reason is not None:
            suggest(outcome, address, wanted, boundaries, areas)
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
            apply_chosen_districts(outcome, address.home, existing, boundaries)
    return outcomes


def read_address(who: Person) -> Address:
    """Return the address of a signer as given, with the state in upper case."""
    region = who.region.strip().upper()
    return Address(who.street_address, who.locality, region, who.postal_code, home=who.home)


@lru_cache(50_000)
def find_cell(latitude: float, longitude: float) -> str:
    """Return the H3 cell of resolution 7 that contains a point."""
    return str(h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION))


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
    points = list(_select_exact(layer, points, boundaries, areas))
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
            over.append(FoundDistrict(district_id, FoundBy.POLYGON))
    for point, district_id in zip(points, found, strict=True):
        if district_id != NOWHERE:
            point.outcome.placements[layer] = FoundDistrict(district_id, FoundBy.POLYGON)
        else:
            outside.append(point)
    _refuse(layer, outside, boundaries)


def _place_states(points: Iterable[_Point], boundaries: Boundaries) -> None:
    for point in points:
        district_id = boundaries.layers[Layer.STATE].find_sole(point.state)
        if district_id is None:
            point.outcome.refuse(ReviewReason.NO_DISTRICT)
        else:
            point.outcome.placements[Layer.STATE] = FoundDistrict(district_id, FoundBy.AT_LARGE)


def _select_exact(
    layer: str, points: Iterable[_Point], boundaries: Boundaries, areas: Areas
) -> Iterable[_Point]:
    """Yield the points that a polygon may decide; decide the others by their ZIP.

    - Where the ZIP's state has no district of the layer, the street is not asked for.
    """
    for point in points:
        if point.location.precision in EXACT:
            yield point
            continue
        outcome = point.outcome
        zip_answer = ask_postal_code(layer, point.address, point.location, boundaries, areas)
        if zip_answer is None:
            outcome.refuse(ReviewReason.NO_DISTRICT)
        elif zip_answer.found is not None:
            outcome.take(layer, zip_answer.found, zip_answer.over)
        elif zip_answer.is_outside:
            outcome.skipped.add(layer)
        elif point.location.provisional:
            outcome.retry = True
        else:
            outcome.candidates.update(zip_answer.among)
            outcome.refuse(choose_review_reason(layer, point.address))


def _refuse(layer: str, points: Sequence[_Point], boundaries: Boundaries) -> None:
    """Send points that no polygon of their state contains to review; another state's may."""
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
            outcome.skipped.add(layer)
            continue
        # This reason replaces one of another layer: the place cannot be right.
        outcome.reason = (
            ReviewReason.NO_DISTRICT if district_id == NOWHERE else ReviewReason.OUTSIDE_STATE
        )
        outcome.candidates.update({district_id} - {NOWHERE})
