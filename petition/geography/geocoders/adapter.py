"""Any geopy geocoder behind our protocol: its answers become locations, its errors ours."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from geopy import exc
from geopy.geocoders.base import Geocoder as GeopyClient

from petition.errors import AddressNotFound, GeocoderRateLimited, GeocoderUnavailable
from petition.geography.geocoders.protocol import Address, Geocoder, Location

# geopy writes the query, which is an address, with its warnings, and urllib3 with its debugging.
for _name in ("geopy", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

Query = str | Mapping[str, str]


class GeopyGeocoder(Geocoder):
    """A geopy client as one of our geocoders.

    - ``ask`` makes the client's query of an address; ``read`` makes a location of the point and
      the provider's raw answer, since each provider tells its precision in its own way.
    - None from geopy, and a query that it refuses, is "not found". Whatever else goes wrong is
      "unavailable", a wrong key too: an operator's mistake must not turn a signer away.
    """

    def __init__(
        self,
        name: str,
        client: GeopyClient,
        ask: Callable[[Address], Query],
        read: Callable[[float, float, dict[str, Any]], Location],
    ) -> None:
        self.name = name
        self._client = client
        self._ask = ask
        self._read = read

    def locate(self, address: Address) -> Location:
        """Return the client's best answer as a location."""
        try:
            found = self._client.geocode(self._ask(address))
        except exc.GeocoderQuotaExceeded as error:
            raise GeocoderRateLimited(self.name) from error
        except exc.GeocoderQueryError as error:
            raise AddressNotFound(self.name) from error
        except exc.GeopyError as error:
            raise GeocoderUnavailable(self.name) from error
        if found is None:
            raise AddressNotFound(self.name)
        return self._read(found.latitude, found.longitude, found.raw)
