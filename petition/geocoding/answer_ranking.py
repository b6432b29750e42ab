"""Rank the answers of any geocoder, and judge their precision."""

import re
from collections.abc import Sequence

from geopy.distance import great_circle

from petition.core.errors import AddressNotFound
from petition.geocoding.geocoder import Address, AmbiguousAddress, Location, Precision
from petition.postal.zip_places import clean_postal_code

# Answers nearer to each other than this are the same place: a house and its parcel, two entrances,
# the two ends of a short street.
SAME_PLACE_METERS = 300.0
# So are the centers of one town, which differ between sources.
SAME_TOWN_METERS = 5_000.0
FINEST_FIRST = tuple(Precision)

# South, north, west and east of a box, in degrees.
Box = tuple[float, float, float, float]

_NUMBER = re.compile(r"\d+")


def choose(name: str, address: Address, found: Sequence[Location | None]) -> Location:
    """Return the best of a geocoder's answers; None among them is not a place to live.

    - Answers that agree with the given state and ZIP rank first, then more precise ones.
    - Raises AmbiguousAddress where several rank first and lie apart, AddressNotFound where there is
      none.
    """
    places = [place for place in found if place is not None]
    if not places:
        raise AddressNotFound(name)
    ranks = [_rank(place, address) for place in places]
    best = [place for place, rank in zip(places, ranks, strict=True) if rank == min(ranks)]
    if any(_lie_apart(best[0], other) for other in best[1:]):
        raise AmbiguousAddress(name, best)
    return best[0]


def has_number(address: Address, number: str | None) -> bool:
    """Return whether an answer's house number is the one that was asked for.

    - "17-19" and "17 1/2" are 17: the same side of the same street.
    - A house whose number is a word cannot be compared, so any number is accepted.
    """
    answered = _NUMBER.search(number or "")
    if answered is None:
        return False
    asked = _NUMBER.match(address.street_address)
    return asked is None or asked.group() == answered.group()


def judge_street(box: Box | None) -> Precision:
    """Return the precision of an answer that has the street and not the house.

    - The point is the center of the street. It decides a house's district only if the whole street
      is short: a long one runs through several.
    - None is a street of unknown length.
    """
    if box is None:
        return Precision.LOCALITY
    south, north, west, east = box
    length = great_circle((south, west), (north, east)).meters
    return Precision.STREET if length <= SAME_PLACE_METERS else Precision.LOCALITY


def read_postal_code(text: object) -> str:
    """Return an answer's ZIP as five digits; empty where it has none."""
    return clean_postal_code(str(text or "")) or ""


def _rank(place: Location, address: Address) -> tuple[int, int]:
    differs = 0
    if address.region and place.region:
        differs += place.region != address.region
    if address.postal_code and place.postal_code:
        differs += place.postal_code != clean_postal_code(address.postal_code)
    return differs, FINEST_FIRST.index(place.precision)


def _lie_apart(one: Location, other: Location) -> bool:
    exact = one.precision in (Precision.ROOFTOP, Precision.STREET)
    farthest = SAME_PLACE_METERS if exact else SAME_TOWN_METERS
    points = (one.latitude, one.longitude), (other.latitude, other.longitude)
    return bool(great_circle(*points).meters > farthest)
