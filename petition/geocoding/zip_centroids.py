"""The offline geocoder: the center of the ZIP's area, which by itself decides no district."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import geopy
from geopy.adapters import BaseSyncAdapter
from geopy.geocoders.base import Geocoder as GeopyClient

from petition.core.errors import AddressNotFound
from petition.geocoding.geocoder import Address, Location, NoFixedPlace, Precision
from petition.geocoding.geopy_adapter import GeopyGeocoder
from petition.postal.zip_places import clean_postal_code, known_postal_code, list_states

NAME = "zip"
# As many as there are ZIPs, so that each is computed once.
REMEMBERED = 50_000


class NoNetwork(BaseSyncAdapter):  # type: ignore[misc]  # geopy has no types
    """geopy's HTTP client for a geocoder without a host; every request raises."""

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """Raise NotImplementedError."""
        raise NotImplementedError

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """Raise NotImplementedError."""
        raise NotImplementedError


class ZipCentroid(GeopyClient):  # type: ignore[misc]  # geopy has no types
    """A geopy geocoder for the zipcodes package."""

    def __init__(self) -> None:
        super().__init__(adapter_factory=NoNetwork)

    def geocode(self, query: str) -> geopy.Location | None:
        """Return the point of a ZIP or ZIP+4; None when there is none.

        - ``raw`` holds ``postal_code``, ``place``, ``state`` and ``county`` (None when unknown).
        """
        place = known_postal_code(query)
        if place is None or place.latitude is None or place.longitude is None:
            return None
        raw = {
            "postal_code": place.postal_code,
            "place": place.place,
            "state": place.state,
            "county": place.county,
        }
        label = f"{place.place}, {place.state} {place.postal_code}"
        return geopy.Location(label, (place.latitude, place.longitude), raw)


class ZipGeocoder(GeopyGeocoder):
    """The ZIP centroids as one of our geocoders.

    - Only the ZIP is used, not street and locality; the caller compares the answer's region with
      the signer's. For a ZIP in two states the region is the one given, and its county is not
      known.
    - Raises NoFixedPlace for military ZIPs, AddressNotFound for unknown ones.
    - Territories are found like states; the states in free association have points, and lie in no
      district.
    """

    def __init__(self) -> None:
        super().__init__(NAME, ZipCentroid(), lambda address: address.postal_code, _read)
        self._locate_code = lru_cache(REMEMBERED)(self._find)

    def locate(self, address: Address) -> Location:
        """Return the point of the address's ZIP."""
        code = clean_postal_code(address.postal_code)
        if code is None:
            raise AddressNotFound(NAME)
        found = self._locate_code(code)
        if isinstance(found, Location):
            other = address.region != found.region and address.region in list_states(code)
            return replace(found, region=address.region, county=None) if other else found
        raise found(NAME)

    def _find(self, code: str) -> Location | type[AddressNotFound]:
        place = known_postal_code(code)
        if place is not None and place.is_military:
            return NoFixedPlace
        try:
            return super().locate(Address("", "", "", code))
        except AddressNotFound:
            return AddressNotFound


def _read(found: geopy.Location, address: Address) -> Location:
    raw = found.raw
    return Location(
        found.latitude,
        found.longitude,
        Precision.POSTAL,
        source=NAME,
        region=raw["state"],
        postal_code=raw["postal_code"],
        county=raw["county"],
    )
