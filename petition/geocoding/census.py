"""The US Census Bureau's geocoder: one address per request, or ten thousand.

It interpolates a house along its street from the ranges of house numbers on each side, so every
match has street precision. Two answers, and a "Tie" of a batch, are an ambiguous address.

Source: Census Bureau, "Geocoding Services Web Application Programming Interface (API)".
"""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import geopy
from geopy import exc
from geopy.geocoders.base import DEFAULT_SENTINEL
from geopy.geocoders.base import Geocoder as GeopyClient

from petition.core.errors import AddressNotFound, GeocoderUnavailable, PetitionError
from petition.core.settings import Settings
from petition.geocoding.answer_ranking import read_postal_code
from petition.geocoding.geocoder import Address, AmbiguousAddress, Location, Precision
from petition.geocoding.geopy_adapter import GeopyGeocoder, make_options, translate
from petition.postal.us_states import find_state_code

NAME = "census"
# The address ranges that the Bureau updates twice a year.
BENCHMARK = "Public_AR_Current"
BATCH_ROWS = 10_000
MATCH_COLUMNS = 8
# The answer to a file is slow: a batch may use half of a worker's lease.
BATCH_LEASE_SHARE = 0.5


class Census(GeopyClient):  # type: ignore[misc]  # geopy has no types
    """A geopy geocoder for the Bureau's ``locations`` services."""

    def __init__(self, *, domain: str, **options: Any) -> None:
        super().__init__(**options)
        self.api = f"{self.scheme}://{domain.strip('/')}/locations"

    def geocode(
        self,
        query: str | Mapping[str, str],
        *,
        exactly_one: bool = True,
        timeout: Any = DEFAULT_SENTINEL,
    ) -> geopy.Location | list[geopy.Location] | None:
        """Return the match, or all matches, of a line or of street, city, state and zip.

        - ``raw`` is the Bureau's own; None when there is no match.
        """
        service = "address"
        if isinstance(query, str):
            service, query = "onelineaddress", {"address": query}
        parameters = {**query, "benchmark": BENCHMARK, "format": "json"}
        url = f"{self.api}/{service}?{urlencode(parameters)}"
        return self._call_geocoder(
            url, partial(self._read, exactly_one=exactly_one), timeout=timeout
        )

    def geocode_file(self, content: bytes, *, timeout: float) -> str:
        """Return the CSV of answers to a CSV of id, street, city, state and ZIP."""
        try:
            answer: str = self.adapter.post_file(
                f"{self.api}/addressbatch",
                timeout=timeout,
                headers=self.headers,
                fields={"benchmark": BENCHMARK},
                files={"addressFile": ("addresses.csv", content, "text/csv")},
            )
        except Exception as error:
            self._adapter_error_handler(error)
            raise
        return answer

    def _read(
        self, answer: dict[str, Any], exactly_one: bool
    ) -> geopy.Location | list[geopy.Location] | None:
        found = [
            geopy.Location(
                match["matchedAddress"],
                (match["coordinates"]["y"], match["coordinates"]["x"]),
                match,
            )
            for match in answer["result"]["addressMatches"]
        ]
        return (found[0] if exactly_one else found) if found else None


class CensusGeocoder(GeopyGeocoder):
    """The Bureau's geocoder as one of our geocoders.

    - Many addresses are sent as one file with row numbers: none of our ids is sent.
    - A row that is missing or malformed in the answer is unavailable, and only that one.
    """

    batch_rows = BATCH_ROWS

    def __init__(self, client: Census, batch_seconds: float) -> None:
        super().__init__(
            NAME, client, _ask, _read_match, remote=True, options={"exactly_one": False}
        )
        self._batch_seconds = batch_seconds

    @classmethod
    def from_settings(cls, settings: Settings) -> "CensusGeocoder":
        """Return the geocoder of the settings."""
        seconds = settings.lease_seconds * BATCH_LEASE_SHARE
        return cls(Census(**make_options(settings, NAME, _is_answer)), seconds)

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        """Return the answers to up to ``batch_rows`` addresses, sent as one file."""
        if len(addresses) == 1:
            return super().locate_many(addresses)
        try:
            answer = self._client.geocode_file(_write_file(addresses), timeout=self._batch_seconds)
        except exc.GeocoderQueryError:
            return [GeocoderUnavailable(NAME)] * len(addresses)  # the file was refused, not a place
        except exc.GeopyError as error:
            return [translate(NAME, error)] * len(addresses)
        rows = {row[0]: row for row in csv.reader(io.StringIO(answer)) if row}
        return [_read_row(rows.get(str(number))) for number in range(len(addresses))]


def _ask(address: Address) -> Mapping[str, str]:
    return {
        "street": address.street_address,
        "city": address.locality,
        "state": address.region,
        "zip": address.postal_code,
    }


def _write_file(addresses: Sequence[Address]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(
        (number, *_ask(address).values()) for number, address in enumerate(addresses)
    )
    return file.getvalue().encode()


def _read_match(found: geopy.Location, address: Address) -> Location:
    parts = found.raw["addressComponents"]
    return _make_location(found.longitude, found.latitude, parts.get("state"), parts.get("zip"))


def _read_row(row: Sequence[str] | None) -> Location | PetitionError:
    """Read a row: id, query, Match, Exact or Non_Exact, found, "x,y", its line in TIGER, its side.

    - A match with fewer columns was cut off, and its point may be too.
    """
    outcome = row[2] if row and len(row) > 2 else ""
    if outcome == "No_Match":
        return AddressNotFound(NAME)
    if outcome == "Tie":
        return AmbiguousAddress(NAME)
    try:
        if row is None or outcome != "Match" or len(row) < MATCH_COLUMNS:
            raise ValueError
        longitude, latitude = (float(part) for part in row[5].split(","))
        geopy.Point(latitude, longitude)  # raises for a point that is not on Earth
        *_, state, postal_code = (part.strip() for part in row[4].split(","))
        return _make_location(longitude, latitude, state, postal_code)
    except (ValueError, IndexError):
        return GeocoderUnavailable(NAME)


def _make_location(longitude: float, latitude: float, state: object, zip_code: object) -> Location:
    return Location(
        latitude,
        longitude,
        Precision.STREET,
        source=NAME,
        region=find_state_code(str(state or "")),
        postal_code=read_postal_code(zip_code),
    )


def _is_answer(answer: object) -> bool:
    result = answer.get("result") if isinstance(answer, Mapping) else None
    return isinstance(result, Mapping) and isinstance(result.get("addressMatches"), list)
