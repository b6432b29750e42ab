"""Nominatim and Photon on a configured host; both answer from OpenStreetMap.

| answer | precision |
|---|---|
| a building or a point with the house number | rooftop |
| a house number interpolated along the street (a *way* of the kind place/house) | street |
| a street without the house, 300 m long at most | street |
| a longer street, a town, a part of one, or a place by its name | locality |
| a ZIP | postal |
| a county, a state, a country, or any place abroad | none: it is no answer |
"""

from collections.abc import Mapping
from typing import Any

import geopy
from geopy.geocoders import Nominatim, Photon

from petition.core.settings import Settings
from petition.geocoding.answer_ranking import (
    Box,
    has_number,
    judge_street,
    read_postal_code,
)
from petition.geocoding.geocoder import Address, Location, Precision
from petition.geocoding.geopy_adapter import GeopyGeocoder, make_options, write_query
from petition.postal.us_states import TERRITORIES, find_state_code

NOMINATIM = "nominatim"
PHOTON = "photon"
# Enough to detect ambiguity; both providers return no more.
MOST_ANSWERS = 5
# OpenStreetMap has a territory as a country in some places and as a state in others.
COUNTRIES = ("us", *sorted(code.lower() for code in TERRITORIES))
# In Nominatim's place ranks, counties end at 12, cities begin at 13, streets are 26 and 27.
LARGEST_TOWN_RANK = 13
LARGER_THAN_TOWN = frozenset({"county", "state", "region", "country"})


def make_nominatim(settings: Settings) -> GeopyGeocoder:
    """Return the Nominatim of the settings."""
    accepts = _is_list
    return GeopyGeocoder(
        NOMINATIM,
        Nominatim(**make_options(settings, NOMINATIM, accepts)),
        _ask_nominatim,
        read_nominatim,
        remote=True,
        options={
            "exactly_one": False,
            "limit": MOST_ANSWERS,
            "addressdetails": True,
            "country_codes": list(COUNTRIES),
            "language": "en",
        },
    )


def make_photon(settings: Settings) -> GeopyGeocoder:
    """Return the Photon of the settings."""
    return GeopyGeocoder(
        PHOTON,
        Photon(**make_options(settings, PHOTON, has_features)),
        write_query,
        read_photon,
        remote=True,
        options={"exactly_one": False, "limit": MOST_ANSWERS, "language": "en"},
    )


def read_nominatim(found: geopy.Location, address: Address) -> Location | None:
    """Return the location of one of Nominatim's answers, in either of its JSON formats."""
    raw, details = found.raw, found.raw.get("address") or {}
    country = str(details.get("country_code") or "us").lower()
    precision = _judge(
        category=raw.get("category") or raw.get("class"),
        kind=raw.get("type"),
        scale=raw.get("addresstype") or raw.get("type"),
        rank=int(raw.get("place_rank") or 0),
        element=raw.get("osm_type"),
        has_house=has_number(address, details.get("house_number")),
        box=_read_box(raw.get("boundingbox")),
    )
    if precision is None or country not in COUNTRIES:
        return None
    return Location(
        found.latitude,
        found.longitude,
        precision,
        source=NOMINATIM,
        region=_read_region(details.get("ISO3166-2-lvl4"), details.get("state"), country),
        postal_code=read_postal_code(details.get("postcode")),
        county=details.get("county"),
    )


def read_photon(found: geopy.Location, address: Address) -> Location | None:
    """Return the location of one of Photon's answers."""
    raw = found.raw["properties"]
    country = str(raw.get("countrycode") or "us").lower()
    extent = raw.get("extent")  # west, north, east, south
    precision = _judge(
        category=raw.get("osm_key"),
        kind=raw.get("osm_value"),
        scale=raw.get("type"),
        rank=0,
        element={"W": "way"}.get(str(raw.get("osm_type"))),
        has_house=has_number(address, raw.get("housenumber")),
        box=_read_box([extent[3], extent[1], extent[0], extent[2]] if extent else None),
    )
    if precision is None or country not in COUNTRIES:
        return None
    return Location(
        found.latitude,
        found.longitude,
        precision,
        source=PHOTON,
        region=_read_region(raw.get("statecode"), raw.get("state"), country),
        postal_code=read_postal_code(raw.get("postcode")),
        county=raw.get("county"),
    )


def has_features(answer: object) -> bool:
    """Return whether JSON is a list of features without errors.

    - Pelias reports a time-out of its backend in an otherwise empty answer.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("features"), list):
        return False
    metadata = answer.get("geocoding")
    return not (isinstance(metadata, Mapping) and metadata.get("errors"))


def _judge(
    *,
    category: object,
    kind: object,
    scale: object,
    rank: int,
    element: object,
    has_house: bool,
    box: Box | None,
) -> Precision | None:
    if has_house:
        interpolated = (category, kind, element) == ("place", "house", "way")
        return Precision.STREET if interpolated else Precision.ROOFTOP
    if category == "highway" or scale in ("road", "street"):
        return judge_street(box)
    if "postcode" in (kind, scale) or kind == "postal_code":
        return Precision.POSTAL
    if scale in LARGER_THAN_TOWN or 0 < rank < LARGEST_TOWN_RANK:
        return None
    return Precision.LOCALITY


def _ask_nominatim(address: Address) -> Mapping[str, str]:
    parts = {
        "street": address.street_address,
        "city": address.locality,
        "state": address.region,
        "postalcode": address.postal_code,
    }
    return {name: value for name, value in parts.items() if value}


def _read_region(code: object, name: object, country: str) -> str:
    """Return the postal abbreviation, from an ISO 3166-2 code ("US-MA") or a name."""
    found = find_state_code(str(code or "").upper().removeprefix("US-"))
    return found or find_state_code(str(name or "")) or find_state_code(country)


def _read_box(corners: Any) -> Box | None:
    """Return the box of south, north, west and east, which may be text."""
    if not corners:
        return None
    south, north, west, east = (float(corner) for corner in corners)
    return south, north, west, east


def _is_list(answer: object) -> bool:
    return isinstance(answer, list)
