"""Decide a district by the ZIP code alone, or list the candidate districts.

- A county: if the Census Bureau's table has one for the ZIP. A ZIP without an area is decided if
  the list of ZIPs names a county and the ZIP's point lies in it; one of post office boxes never is,
  since people live elsewhere.
- A finer district, or a county that the table does not have yet: if the whole area of the ZIP lies
  in it, by polygons of the ZIP areas.
- A district of Congress of a state with one district.
- No city or town: if the whole area of the ZIP, by its polygon, lies in none.
- Only districts of the possible states count: the state given, else those that the ZIP lies in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from petition.boundaries.polygons import Boundaries, LayerBoundaries
from petition.boundaries.postal_areas import Areas, PostalShare, find_whole
from petition.geocoding.geocoder import Address, Location
from petition.geocoding.normalization import AddressKind, normalize
from petition.locating.outcomes import FoundBy, FoundDistrict, ReviewReason
from petition.models import Layer
from petition.models.campaigns.layers import NAMED, PARTIAL
from petition.models.officials.district import ZCTA
from petition.postal.zip_counties import RENUMBERED, find_counties, find_state
from petition.postal.zip_places import ZipPlace, clean_postal_code, list_states, load_postal_codes

# Layers whose districts signers know by name, with the review reason; the first open one decides.
# Every other layer asks for the street.
ASKED_BY_NAME: Mapping[str, ReviewReason] = {
    Layer.COUNTY: ReviewReason.SEVERAL_COUNTIES,
    Layer.COUSUB: ReviewReason.SEVERAL_TOWNS,
    Layer.PLACE: ReviewReason.SEVERAL_TOWNS,
}
# A territory with one county, whose ZIPs have no county in the list.
ONE_COUNTY = {"GU": "Guam"}
# Degrees: how far from the point of a ZIP without an area people may live.
AROUND = 0.2


@dataclass(frozen=True, slots=True)
class ZipAnswer:
    """The answer of a ZIP for a layer: its district, or the candidates in ``among``.

    - ``over``: the overlays of the district found.
    - ``is_outside``: there is correctly no district.
    """

    found: FoundDistrict | None = None
    over: Sequence[FoundDistrict] = ()
    among: Sequence[int] = ()
    is_outside: bool = False


def decide_by_postal_code(
    layer: str, code: str, states: Collection[str], districts: LayerBoundaries, areas: Areas
) -> ZipAnswer:
    """Return the answer of a five-digit ZIP in a layer, for people in one of these states."""
    zip_answer = _decide_at_large(states, districts)
    if zip_answer is None and layer == Layer.COUNTY:
        zip_answer = _decide_county(code, states, districts)
    if zip_answer is not None:
        return zip_answer
    shares = [
        share
        for share in areas.get((layer, code), ())
        if districts.find_state(share.district_id) in states
    ]
    whole = find_whole(shares, districts)
    if whole:
        first, *over = (FoundDistrict(district_id, FoundBy.POSTAL_AREA) for district_id in whole)
        return ZipAnswer(first, over)
    if layer in PARTIAL and _lies_outside(layer, code, states, areas):
        return ZipAnswer(is_outside=True)
    return ZipAnswer(among=_list_candidates(layer, code, states, districts, shares))


def ask_postal_code(
    layer: str,
    address: Address,
    location: Location | None,
    boundaries: Boundaries,
    areas: Areas,
) -> ZipAnswer | None:
    """Return the answer of an address's ZIP; None if its states have no district of the layer."""
    code = clean_postal_code(address.postal_code) or ""
    states = list_states(code) or ((location.region,) if location else ())
    if address.region:
        states = (address.region,)
    districts = boundaries.layers[layer]
    if not any(districts.covers(state) for state in states):
        return None
    return decide_by_postal_code(layer, code, states, districts, areas)


def choose_review_reason(layer: str, address: Address) -> ReviewReason:
    """Return the review reason of an undecided layer; a box at a post office is no street."""
    if layer in ASKED_BY_NAME:
        return ASKED_BY_NAME[layer]
    given = normalize(address).kind is AddressKind.STREET
    return ReviewReason.ADDRESS_NOT_FOUND if given else ReviewReason.NEEDS_ADDRESS


def list_postal_codes(
    addresses: Sequence[Address], layers: Sequence[Sequence[str]], boundaries: Boundaries
) -> frozenset[str]:
    """Return the ZIPs whose stored areas must be read: those that the table does not decide."""
    counties = boundaries.layers.get(Layer.COUNTY)
    codes = {
        clean_postal_code(address.postal_code) or ""
        for address, wanted in zip(addresses, layers, strict=True)
        if set(wanted) - {Layer.COUNTY}
        or (counties is not None and _is_newer(counties, address.postal_code))
    }
    return frozenset(codes - {""})


def _is_newer(counties: LayerBoundaries, postal_code: str) -> bool:
    """Return whether the counties in force differ from those that the table names for a ZIP."""
    code = clean_postal_code(postal_code)
    named = find_counties(code) if code else ()
    return bool(named) and not _find_ids(named, counties)


def _decide_at_large(states: Collection[str], districts: LayerBoundaries) -> ZipAnswer | None:
    sole = [districts.find_at_large(state) for state in states]
    ids = [district_id for district_id in sole if district_id is not None]
    if not ids or len(ids) < len(sole):
        return None
    return (
        ZipAnswer(FoundDistrict(ids[0], FoundBy.AT_LARGE))
        if len(ids) == 1
        else ZipAnswer(among=ids)
    )


def _decide_county(
    code: str, states: Collection[str], counties: LayerBoundaries
) -> ZipAnswer | None:
    """Return the answer of the table and the list of ZIPs; None if other counties are in force."""
    named = find_counties(code)
    if not named:
        return _decide_without_area(load_postal_codes().get(code), states, counties)
    here = [county for county in named if find_state(county) in states]
    ids = _find_ids(here, counties)
    if here and not ids:
        return None
    if len(here) == 1:
        return ZipAnswer(FoundDistrict(ids[0], FoundBy.POSTAL_AREA))
    return ZipAnswer(among=ids)


def _find_ids(named: Collection[str], counties: LayerBoundaries) -> list[int]:
    """Return the ids of counties in force; empty unless all are in force."""
    found = [counties.find_geoid(each) for each in named]
    for at, each in enumerate(named):
        found[at] = found[at] or counties.find_geoid(RENUMBERED.get(each, each))
    ids = [district_id for district_id in dict.fromkeys(found) if district_id is not None]
    return [] if None in found else ids


def _decide_without_area(
    place: ZipPlace | None, states: Collection[str], counties: LayerBoundaries
) -> ZipAnswer | None:
    """Return the answer of the list of ZIPs; None where it names no county in force."""
    if place is None or place.state not in states:
        return None
    name = place.county or ONE_COUNTY.get(place.state)
    named = counties.find_named(place.state, name) if name else None
    if named is None or place.latitude is None or place.longitude is None:
        return None if named is None else ZipAnswer(among=[named])
    longitude, latitude = np.array([place.longitude]), np.array([place.latitude])
    lies_in = counties.match(longitude, latitude, [place.state]).tolist()
    if lies_in == [named] and not place.only_boxes:
        return ZipAnswer(FoundDistrict(named, FoundBy.POSTAL_COUNTY))
    around = counties.list_around(place.longitude, place.latitude, AROUND, states)
    return ZipAnswer(among=[named, *(each for each in around if each != named)])


def _lies_outside(layer: str, code: str, states: Collection[str], areas: Areas) -> bool:
    """Return whether no part of a ZIP's area lies in a district of the layer.

    - By polygons alone: a district far from the ZIP's point may be near the edge of its area. Only
      districts of the state that lists the ZIP are compared.
    """
    place = load_postal_codes().get(code)
    if place is None or place.only_boxes or set(states) != {place.state}:
        return False
    return (ZCTA, code) in areas and all(
        around.share is None for around in areas.get((layer, code), ())
    )


def _list_candidates(
    layer: str,
    code: str,
    states: Collection[str],
    districts: LayerBoundaries,
    shares: Sequence[PostalShare],
) -> Sequence[int]:
    """Return the districts that intersect the area, else those around the ZIP's point."""
    place = load_postal_codes().get(code)
    if shares or layer not in NAMED or place is None:
        return [share.district_id for share in shares]
    if place.latitude is None or place.longitude is None:
        return []
    return districts.list_around(place.longitude, place.latitude, AROUND, states)
