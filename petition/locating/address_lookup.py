"""Look up the districts of a ZIP code or an address, without a signature."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from petition.boundaries.active_sets import get_boundaries
from petition.boundaries.postal_areas import read_areas
from petition.core.errors import PetitionError
from petition.core.extensions import db
from petition.geocoding.chain import get_chain, get_visitors_chain
from petition.geocoding.geocoder import Address, Location
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.locating.chosen_district import LEFT_OPEN
from petition.locating.district_matching import place_addresses
from petition.locating.outcomes import Outcome
from petition.locating.zip_decision import list_postal_codes
from petition.postal.zip_places import ZipPlace


@dataclass(frozen=True, slots=True)
class Near:
    """The districts of a ZIP or an address in a campaign's layers.

    - ``districts``: the id of its district, by layer.
    - ``untold``: the layers that need a name, an address or a better one, with the ids of the
      candidate districts; empty where there are none.
    - ``over``: the overlay districts of those, where a layer has such.
    - A layer in neither has no district there.
    - ``later``: something was unavailable, so the same address may give more later.
    """

    districts: dict[str, int] = field(default_factory=dict)
    over: list[int] = field(default_factory=list)
    untold: dict[str, list[int]] = field(default_factory=dict)
    later: bool = False

    def list_ids(self) -> list[int]:
        """Return the ids of all districts found, each once."""
        return list(dict.fromkeys([*self.districts.values(), *self.over]))


def find_near(place: ZipPlace, layers: Sequence[str], region: str = "", home: str = "") -> Near:
    """Return the districts of a ZIP by the same rules by which signatures are placed.

    - ``region``: the state given, or empty; some ZIPs lie in two.
    - ``home``: the districts that the visitor has chosen; see petition/models/signatures/home.py.
    - Raises BoundariesUnavailable while no polygons are in force.
    """
    address = Address("", "", region, place.postal_code, home=home)
    try:
        answer: Location | PetitionError = _open_geocoder().locate(address)
    except PetitionError as error:
        answer = error
    return _place(address, answer, layers)


def find_at_address(address: Address, layers: Sequence[str]) -> Near:
    """Return the districts of an address, from geocoders that are asked within the request.

    - Layers that no geocoder decides within two seconds are left to a later call.
    - Raises BoundariesUnavailable while no polygons are in force.
    """
    return _place(address, get_visitors_chain().locate_many([address])[0], layers)


def match_layers(address: Address, layers: Sequence[str]) -> dict[str, Outcome]:
    """Return the outcome of an address for each layer separately, from the full geocoder chain."""
    return _match(address, get_chain().locate_many([address])[0], layers)


def _place(address: Address, answer: Location | PetitionError, layers: Sequence[str]) -> Near:
    outcomes = _match(address, answer, layers)
    near = Near(later=any(outcome.retry for outcome in outcomes.values()))
    for layer, outcome in outcomes.items():
        if outcome.retry or outcome.reason in LEFT_OPEN:
            near.untold[layer] = sorted(outcome.candidates)
        elif outcome.reason is None:
            # One chamber may serve two layers; its district is returned once.
            near.districts.update({of: at.district_id for of, at in outcome.placements.items()})
            near.over.extend(at.district_id for more in outcome.over.values() for at in more)
    return near


def _match(
    address: Address, answer: Location | PetitionError, layers: Sequence[str]
) -> dict[str, Outcome]:
    session = db.session()
    boundaries = get_boundaries(session)
    areas = read_areas(session, list_postal_codes([address], [layers], boundaries))
    each = [[layer] for layer in layers]
    count = len(layers)
    outcomes = place_addresses([address] * count, [answer] * count, each, boundaries, areas)
    return dict(zip(layers, outcomes, strict=True))


@cache
def _open_geocoder() -> ZipGeocoder:
    return ZipGeocoder()
