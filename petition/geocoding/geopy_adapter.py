"""Adapt any geopy geocoder: its answers become locations, its errors ours."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import geopy
from geopy import exc
from geopy.geocoders.base import Geocoder as GeopyClient

from petition.core.errors import (
    AddressNotFound,
    ConfigurationError,
    GeocoderRateLimited,
    GeocoderUnavailable,
    PetitionError,
)
from petition.core.settings import Settings
from petition.geocoding.answer_ranking import choose
from petition.geocoding.geocoder import Address, Geocoder, Location
from petition.geocoding.strict_adapter import StrictAdapter

# geopy logs the query, which is an address, in warnings, and urllib3 in debug messages.
for _name in ("geopy", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# Public hosts require a User-Agent that identifies the application.
USER_AGENT = "hundredth"

Query = str | Mapping[str, str]
# Makes a location of a geopy answer and the address asked for; None if it is no place to live, such
# as a state.
Reader = Callable[[geopy.Location, Address], Location | None]


class GeopyGeocoder(Geocoder):
    """A geopy client as one of our geocoders.

    - ``ask`` makes the client's query of an address; ``read`` makes a location of an answer, since
      each provider expresses precision differently. ``options`` are passed with each query.
    - The best of several answers is returned; raises AmbiguousAddress if that would be a guess.
    - None from geopy, and a query that it refuses, is "not found". All other errors are
      "unavailable", including a wrong key: a configuration error must not reject a signer.
    - Our error is not chained to geopy's, which may hold the query.
    """

    def __init__(
        self,
        name: str,
        client: GeopyClient,
        ask: Callable[[Address], Query],
        read: Reader,
        *,
        remote: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.remote = remote
        self._client = client
        self._ask = ask
        self._read = read
        self._options = options or {}

    def locate(self, address: Address) -> Location:
        """Return the client's best answer as a location."""
        try:
            found = self._client.geocode(self._ask(address), **self._options)
        except exc.GeopyError as error:
            failure = translate(self.name, error)
        else:
            found = found if isinstance(found, list) else [found] if found else []
            return choose(self.name, address, [self._read_one(each, address) for each in found])
        raise failure

    def _read_one(self, found: geopy.Location, address: Address) -> Location | None:
        if not (found.latitude or found.longitude):
            # geopy returns 0, 0 for an answer without a point.
            raise GeocoderUnavailable(self.name)
        return self._read(found, address)


def translate(name: str, error: exc.GeopyError) -> PetitionError:
    """Return our error for one of geopy's."""
    if isinstance(error, exc.GeocoderRateLimited):
        return GeocoderRateLimited(name, error.retry_after)
    if isinstance(error, exc.GeocoderQuotaExceeded):
        return GeocoderRateLimited(name)
    if isinstance(error, exc.GeocoderQueryError):
        return AddressNotFound(name)
    return GeocoderUnavailable(name)


def make_options(settings: Settings, name: str, accepts: Callable[[Any], bool]) -> dict[str, Any]:
    """Return the arguments of a geopy client for the host in the settings.

    - ``accepts`` returns whether JSON has the shape of the provider's answers.
    - Raises ConfigurationError, naming the setting, where there is no host.
    """
    url = settings.geocoder_urls.get(name)
    if url is None:
        raise ConfigurationError(
            f"PETITION_{name.upper()}_URL", f"is not set, and PETITION_GEOCODERS names {name}"
        )
    scheme, _, domain = url.partition("://")
    return {
        "scheme": scheme,
        "domain": domain,
        "timeout": settings.geocoder_timeout,
        "user_agent": USER_AGENT,
        "adapter_factory": partial(StrictAdapter, accepts=accepts),
    }


def write_query(address: Address) -> str:
    """Return the address in one line, for geocoders that take text."""
    ends = f"{address.region} {address.postal_code}".strip()
    return ", ".join(part for part in (address.street_address, address.locality, ends) if part)
