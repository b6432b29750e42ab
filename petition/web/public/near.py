"""The districts that a ZIP code lies in, as far as a ZIP code can tell."""

from dataclasses import dataclass
from functools import cache

from petition.errors import PetitionError
from petition.extensions import db
from petition.geography.active import get_boundaries
from petition.geography.geocoders.protocol import Address, Location
from petition.geography.geocoders.zip import ZipGeocoder
from petition.geography.placing import place_addresses
from petition.geography.postal import ZipPlace


@dataclass(frozen=True, slots=True)
class Near:
    """What a ZIP tells of a campaign's layers.

    - ``districts``: the id of its district, by layer. ``untold``: the layers that need an address.
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
        found = outcome.placements.get(layer) if outcome.is_open else None
        if found is None:
            near.untold.append(layer)
        else:
            near.districts[layer] = found.district_id
    return near


def _locate(place: ZipPlace) -> Location | PetitionError:
    try:
        return _open_geocoder().locate(Address("", "", place.state, place.postal_code))
    except PetitionError as error:
        return error


@cache
def _open_geocoder() -> ZipGeocoder:
    return ZipGeocoder()
