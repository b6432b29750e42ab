"""The districts of a ZIP code or an address, before anybody has signed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from petition.errors import PetitionError
from petition.extensions import db
from petition.geography.active import get_boundaries
from petition.geography.geocoders.chain import get_chain
from petition.geography.geocoders.protocol import Address, Location
from petition.geography.geocoders.zip import ZipGeocoder
from petition.geography.outcomes import ReviewReason
from petition.geography.placing import place_addresses
from petition.geography.postal import ZipPlace
from petition.geography.postal_areas import list_postal_codes, read_areas

# What another word of the visitor's could change: with these a layer is untold, not elsewhere.
OPEN = (
    ReviewReason.NEEDS_ADDRESS,
    ReviewReason.ADDRESS_NOT_FOUND,
    ReviewReason.AMBIGUOUS_ADDRESS,
)


@dataclass(frozen=True, slots=True)
class Near:
    """What a ZIP or an address tells of a campaign's layers.

    - ``districts``: the id of its district, by layer. ``untold``: the layers that need an address,
      or a better one, with the ids of the districts in question; none where nobody can say.
    - ``over``: the districts that lie over those, where a layer has such.
    - A layer in neither has no district there.
    - ``later``: something was not available, so the same address may tell more in a while.
    """

    districts: dict[str, int] = field(default_factory=dict)
    over: list[int] = field(default_factory=list)
    untold: dict[str, list[int]] = field(default_factory=dict)
    later: bool = False

    def list_ids(self) -> list[int]:
        """Return the ids of all districts that are told, each once."""
        return list(dict.fromkeys([*self.districts.values(), *self.over]))


def find_near(place: ZipPlace, layers: Sequence[str]) -> Near:
    """Return the districts of a ZIP by the same rules by which signatures are placed.

    - Raises BoundariesUnavailable while no polygons are in force.
    """
    address = Address("", "", place.state, place.postal_code)
    try:
        answer: Location | PetitionError = _open_geocoder().locate(address)
    except PetitionError as error:
        answer = error
    return _place(address, answer, layers)


def find_at_address(address: Address, layers: Sequence[str]) -> Near:
    """Return the districts of an address, which the geocoders are asked for now.

    - Raises BoundariesUnavailable while no polygons are in force.
    """
    return _place(address, get_chain().locate_many([address])[0], layers)


def _place(address: Address, answer: Location | PetitionError, layers: Sequence[str]) -> Near:
    session = db.session()
    boundaries = get_boundaries(session)
    areas = read_areas(session, list_postal_codes([address], [layers]))
    each = [[layer] for layer in layers]
    count = len(layers)
    outcomes = place_addresses([address] * count, [answer] * count, each, boundaries, areas)
    near = Near(later=any(outcome.retry for outcome in outcomes))
    for layer, outcome in zip(layers, outcomes, strict=True):
        if outcome.retry or outcome.reason in OPEN:
            near.untold[layer] = sorted(outcome.candidates)
        elif outcome.reason is None:
            # One chamber answers for two layers, and is told once.
            near.districts.update({of: at.district_id for of, at in outcome.placements.items()})
            near.over.extend(at.district_id for more in outcome.over.values() for at in more)
    return near


@cache
def _open_geocoder() -> ZipGeocoder:
    return ZipGeocoder()
