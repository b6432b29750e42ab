"""Pelias on a configured host, or a service with the same API.

| answer | precision |
|---|---|
| a house with the number, its own point, found exactly | rooftop |
| a house with the number, interpolated between others or a centroid | street |
| a house that is a *fallback* or unlikely (confidence under a half) | locality |
| a street without the house, 300 m long at most | street |
| a longer street, a town, a part of one, or a place by its name | locality |
| a ZIP | postal |
| a county, a state, a country, or any place abroad | none: it is no answer |

Source: Pelias' own documentation, "Determining Result Quality".
"""

from typing import Any

import geopy
from geopy.geocoders import Pelias

from petition.core.settings import Settings
from petition.geocoding.answer_ranking import (
    Box,
    has_number,
    judge_street,
    read_postal_code,
)
from petition.geocoding.geocoder import Address, Location, Precision
from petition.geocoding.geopy_adapter import GeopyGeocoder, make_options, write_query
from petition.geocoding.osm import has_features
from petition.postal.us_states import find_state_code

NAME = "pelias"
LEAST_CONFIDENCE = 0.5
# ISO 3166-1 of the states and of each territory, which Pelias counts as countries.
COUNTRIES = {"USA": "", "PRI": "PR", "VIR": "VI", "GUM": "GU", "ASM": "AS", "MNP": "MP"}
# Layers that are no answer to a street address, or to a town.
TOO_LARGE = frozenset(
    {"county", "macrocounty", "region", "macroregion", "country", "dependency", "empire"}
)


def make_pelias(settings: Settings) -> GeopyGeocoder:
    """Return the Pelias of the settings."""
    return GeopyGeocoder(
        NAME,
        Pelias(api_key=settings.pelias_key, **make_options(settings, NAME, has_features)),
        write_query,
        read_pelias,
        remote=True,
        options={"exactly_one": False, "countries": list(COUNTRIES), "language": "en"},
    )


def read_pelias(found: geopy.Location, address: Address) -> Location | None:
    """Return the location of one of Pelias' answers."""
    raw = found.raw["properties"]
    country = raw.get("country_a") or "USA"
    precision = _judge(raw, address, _read_box(found.raw.get("bbox")))
    if precision is None or country not in COUNTRIES:
        return None
    state = find_state_code(str(raw.get("region_a") or ""))
    return Location(
        found.latitude,
        found.longitude,
        precision,
        source=NAME,
        region=COUNTRIES[country] or state or find_state_code(str(raw.get("region") or "")),
        postal_code=read_postal_code(raw.get("postalcode")),
        county=raw.get("county"),
    )


def _judge(raw: dict[str, Any], address: Address, box: Box | None) -> Precision | None:
    layer = raw["layer"]
    if layer in TOO_LARGE:
        return None
    if layer == "postalcode":
        return Precision.POSTAL
    if layer == "street":
        return judge_street(box)
    if layer != "address" or not has_number(address, raw.get("housenumber")):
        return Precision.LOCALITY
    return _judge_house(raw)


def _judge_house(raw: dict[str, Any]) -> Precision:
    match_type, accuracy = raw.get("match_type"), raw.get("accuracy")
    if match_type == "fallback" or float(raw.get("confidence", 1)) < LEAST_CONFIDENCE:
        return Precision.LOCALITY
    own_point = accuracy == "point" and match_type != "interpolated"
    return Precision.ROOFTOP if own_point else Precision.STREET


def _read_box(corners: Any) -> Box | None:
    """Return the box of a GeoJSON bbox: west, south, east, north."""
    if not corners:
        return None
    west, south, east, north = (float(corner) for corner in corners)
    return south, north, west, east
