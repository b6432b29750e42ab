"""Decides for a batch of addresses in which districts each lies, or why a person must look.

Nothing is read or written here: locations and polygons in, outcomes out.

- The answer's state and ZIP must be those that the signer wrote.
- A layer needs a certain precision: the middle of a ZIP tells a county, and no finer district.
- Only polygons of the signer's state count. A ZIP's point that lies outside all of them, as some
  do by the width of a coastline or a river, takes the ZIP's own county, and is marked so.
- One layer without a district sends the signature to review, for all of its layers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import h3

from petition.errors import PetitionError, Retryable
from petition.geography.boundaries import NOWHERE, Boundaries
from petition.geography.geocoders.protocol import Address, Location, Precision
from petition.geography.postal import clean_postal_code
from petition.models import Layer

# About 5 square kilometres; DESIGN section 5, rule 7.
CELL_RESOLUTION = 7

EXACT = frozenset({Precision.ROOFTOP, Precision.STREET})
# The precisions that may decide a layer; every other layer needs an exact one.
DECIDING: Mapping[str, frozenset[Precision]] = {Layer.COUNTY: frozenset(Precision)}


class ReviewReason(StrEnum):
    """Why a signature is counted nowhere until a person or its signer settles it."""

    ADDRESS_NOT_FOUND = "address-not-found"
    MILITARY_ADDRESS = "military-address"
    OUTSIDE_STATE = "outside-state"  # the place found is not in the state that the signer wrote
    OTHER_POSTAL_CODE = "other-postal-code"
    NEEDS_ADDRESS = "needs-address"  # a ZIP does not tell districts of this layer
    NO_DISTRICT = "no-district"


class FoundBy(StrEnum):
    """How a district was found."""

    POLYGON = "polygon"
    POSTAL_COUNTY = "postal_county"


@dataclass(frozen=True, slots=True)
class Found:
    """A district of a layer, and how it was found."""

    district_id: int
    found_by: FoundBy


@dataclass(slots=True)
class Outcome:
    """What was found out about one address.

    - ``placements`` by layer; to be stored only where ``reason`` is None and ``retry`` is False.
    - ``reason``: why it goes to review.
    - ``retry``: something was not available; ask again later.
    """

    location: Location | None = None
    placements: dict[str, Found] = field(default_factory=dict)
    reason: str | None = None
    retry: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nothing stands against storing its placements so far."""
        return self.reason is None and not self.retry


@dataclass(slots=True)
class _Point:
    """An address that was found and not refused, as the layers look at it."""

    outcome: Outcome
    location: Location
    state: str


def place_addresses(
    addresses: Sequence[Address],
    answers: Sequence[Location | PetitionError],
    layers: Sequence[Sequence[str]],
    boundaries: Boundaries,
) -> list[Outcome]:
    """Return the outcome for each address, from its geocoders' answer and for its layers."""
    outcomes = [Outcome() for _ in addresses]
    by_layer: dict[str, list[_Point]] = {}
    for outcome, address, answer, wanted in zip(outcomes, addresses, answers, layers, strict=True):
        if isinstance(answer, Location):
            outcome.location = answer
            outcome.reason = _disagrees(address, answer)
        else:
            outcome.retry = isinstance(answer, Retryable)
            outcome.reason = None if outcome.retry else _settled(answer)
            continue
        point = _Point(outcome, answer, address.region or answer.region)
        for layer in wanted:
            by_layer.setdefault(layer, []).append(point)
    for layer, points in by_layer.items():
        _place_layer(layer, [point for point in points if point.outcome.is_open], boundaries)
    return outcomes


@lru_cache(50_000)
def find_cell(latitude: float, longitude: float) -> str:
    """Return the H3 cell of resolution 7 that a point lies in."""
    return str(h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION))


def _settled(error: PetitionError) -> ReviewReason:
    try:
        return ReviewReason(error.code)
    except ValueError:
        return ReviewReason.ADDRESS_NOT_FOUND


def _disagrees(address: Address, location: Location) -> ReviewReason | None:
    if address.region and location.region and address.region != location.region:
        return ReviewReason.OUTSIDE_STATE
    if location.postal_code in ("", address.postal_code):
        return None
    same = location.postal_code == clean_postal_code(address.postal_code)
    return None if same else ReviewReason.OTHER_POSTAL_CODE


def _place_layer(layer: str, points: Sequence[_Point], boundaries: Boundaries) -> None:
    if layer not in boundaries.layers:
        for point in points:
            point.outcome.retry = True
        return
    points = list(_precise_enough(layer, points))
    longitudes = [point.location.longitude for point in points]
    latitudes = [point.location.latitude for point in points]
    states = [point.state for point in points]
    outside = []
    found = boundaries.match(layer, longitudes, latitudes, states).tolist()
    for point, district_id in zip(points, found, strict=True):
        if district_id != NOWHERE:
            point.outcome.placements[layer] = Found(district_id, FoundBy.POLYGON)
        elif not _take_postal_county(layer, point, boundaries):
            outside.append(point)
    _refuse(layer, outside, boundaries)


def _precise_enough(layer: str, points: Iterable[_Point]) -> Iterable[_Point]:
    deciding = DECIDING.get(layer, EXACT)
    for point in points:
        if point.location.precision in deciding:
            yield point
        elif point.location.provisional:
            point.outcome.retry = True
        else:
            point.outcome.reason = ReviewReason.NEEDS_ADDRESS


def _take_postal_county(layer: str, point: _Point, boundaries: Boundaries) -> bool:
    location = point.location
    if layer != Layer.COUNTY or location.precision != Precision.POSTAL or not location.county:
        return False
    district_id = boundaries.layers[layer].find_named(point.state, location.county)
    if district_id is None:
        return False
    point.outcome.placements[layer] = Found(district_id, FoundBy.POSTAL_COUNTY)
    return True


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
        nowhere = district_id == NOWHERE
        point.outcome.reason = ReviewReason.NO_DISTRICT if nowhere else ReviewReason.OUTSIDE_STATE
