"""The districts that a ZIP code lies in, as far as a ZIP code can tell."""

from dataclasses import dataclass
from functools import cache

from petition.errors import PetitionError
from petition.extensions import db
from petition.geography.active import get_boundaries
from petition.geography.geocoders.protocol import Address, Location
from petition.geography.geocoders.zip import ZipGeocoder
from petition.geography.placing import ReviewReason, place_addresses
from petition.geography.postal import ZipPlace


@dataclass(frozen=True, slots=True)
class Near:
    """What a ZIP tells of a campaign's layers.

    - ``districts``: the id of its district, by layer. ``untold``: the layers that need an address.
    - A layer in neither has no district there.
    """

    districts: dict[str, int]
    untold: list[str]


def find_near(place: ZipPlace, layers: list[str]) -> Near:
    """Return the districts of a ZIP by the same rules by which signatures are placed.

    - Raises BoundariesUnavailable while no polygons are in force.
    """
    boundaries = get_boundaries(db.session())
    answer = _locate(place)
    address = Address("", "", place.state, place.postal_code)
    outcomes = place_addresses(
        [address] * len(layers), [answer] * len(layers), [[layer] for layer in layers], boundaries
    )
    near = Near({}, [])
    for layer, outcome in zip(layers, outcomes, strict=True):
        if outcome.retry or outcome.reason == ReviewReason.NEEDS_ADDRESS:
            near.untold.append(layer)
        elif outcome.reason is None:
            near.districts[layer] = outcome.placements[layer].district_id
    return near


def _locate(place: ZipPlace) -> Location | PetitionError:
    try:
        return _open_geocoder().locate(Address("", "", place.state, place.postal_code))
    except PetitionError as error:
        return error


@cache
def _open_geocoder() -> ZipGeocoder:
    return ZipGeocoder()
