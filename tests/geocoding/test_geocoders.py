import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopy
import pytest
from flask import Flask
from geopy import exc
from geopy.geocoders.base import Geocoder as GeopyClient
from structlog.testing import capture_logs

from petition.core.errors import (
    AddressNotFound,
    ConfigurationError,
    GeocoderRateLimited,
    GeocoderUnavailable,
    PetitionError,
)
from petition.core.settings import Settings
from petition.geocoding import Address, Geocoder, Location, Precision
from petition.geocoding.chain import REGISTRY, Chain, build_chain, get_chain
from petition.geocoding.geocoder import NoFixedPlace
from petition.geocoding.geopy_adapter import GeopyGeocoder
from petition.geocoding.zip_centroids import NoNetwork, ZipCentroid, ZipGeocoder
from tests.geocoding.chains import make_settings

HOME = Address("1 Main St", "Cambridge", "MA", "02139")
POINT = Location(42.0, -71.0, Precision.STREET, source="found", region="MA")


class Answering(Geocoder):
    """A geocoder that gives one answer, or raises it, and counts how often it was asked."""

    def __init__(self, answer: Location | Exception, name: str = "answering") -> None:
        self.name = name
        self.answer = answer
        self.asked: list[Address] = []

    def locate(self, address: Address) -> Location:
        self.asked.append(address)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Raising(GeopyClient):
    """A geopy client that fails as geopy's own do."""

    def __init__(self, answer: Exception | None) -> None:
        super().__init__(adapter_factory=NoNetwork)
        self.answer = answer

    def geocode(self, query: str | Mapping[str, str]) -> geopy.Location | None:
        if self.answer is not None:
            raise self.answer
        return None


def test_the_zip_geocoder_gives_the_middle_of_the_zip_and_says_how_precise_that_is() -> None:
    location = ZipGeocoder().locate(Address("", "", "", "02139-4307"))

    assert location.precision == Precision.POSTAL
    assert location.source == "zip"
    assert (location.region, location.postal_code) == ("MA", "02139")
    assert location.county == "Middlesex County"
    assert location.latitude == pytest.approx(42.36, abs=0.02)


@pytest.mark.parametrize("postal_code", ["00000", "", "K1A 0B1", "11805"])
def test_a_zip_that_is_unknown_or_has_no_point_is_not_found(postal_code: str) -> None:
    with pytest.raises(AddressNotFound):
        ZipGeocoder().locate(Address("", "", "", postal_code))


def test_a_military_zip_is_told_from_an_unknown_one() -> None:
    with pytest.raises(NoFixedPlace) as caught:
        ZipGeocoder().locate(Address("PSC 1 Box 1", "APO", "AE", "09001"))

    assert caught.value.code == "military-address"


def test_the_zip_geocoder_is_a_geopy_geocoder_too() -> None:
    found = ZipCentroid().geocode("02139")

    assert isinstance(found, geopy.Location)
    assert found.address == "Cambridge, MA 02139"
    assert found.raw["county"] == "Middlesex County"
    assert ZipCentroid().geocode("00000") is None


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (None, AddressNotFound),
        (exc.GeocoderQueryError("x"), AddressNotFound),
        (exc.GeocoderTimedOut("x"), GeocoderUnavailable),
        (exc.GeocoderUnavailable("x"), GeocoderUnavailable),
        (exc.GeocoderServiceError("x"), GeocoderUnavailable),
        (exc.GeocoderParseError("x"), GeocoderUnavailable),
        (exc.GeocoderAuthenticationFailure("x"), GeocoderUnavailable),
        (exc.GeocoderInsufficientPrivileges("x"), GeocoderUnavailable),
        (exc.GeocoderRateLimited("x"), GeocoderRateLimited),
        (exc.GeocoderQuotaExceeded("x"), GeocoderRateLimited),
    ],
)
def test_geopys_errors_become_ours_and_only_its_no_is_a_no(
    theirs: Exception | None, ours: type[PetitionError]
) -> None:
    geocoder = GeopyGeocoder(
        "raising", Raising(theirs), lambda address: address.postal_code, lambda *found: POINT
    )

    with pytest.raises(PetitionError) as caught:
        geocoder.locate(HOME)

    assert type(caught.value) is ours


def test_the_chain_asks_the_next_one_only_for_what_was_not_found() -> None:
    first, second = Answering(AddressNotFound()), Answering(POINT)
    third = Answering(POINT)

    assert Chain([first, second, third]).locate(HOME) == POINT
    assert (len(first.asked), len(second.asked), len(third.asked)) == (1, 1, 0)


def test_what_no_geocoder_finds_is_not_found() -> None:
    with pytest.raises(AddressNotFound):
        Chain([Answering(AddressNotFound()), Answering(AddressNotFound())]).locate(HOME)


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_could_not_be_asked_and_the_other_did_not_find_is_unavailable(order: int) -> None:
    pair: list[Geocoder] = [Answering(GeocoderUnavailable()), Answering(AddressNotFound())]

    with pytest.raises(GeocoderUnavailable):
        Chain(pair[::order]).locate(HOME)


def test_what_is_found_while_a_better_one_is_away_is_provisional() -> None:
    away, there = Answering(GeocoderUnavailable()), Answering(POINT)

    assert Chain([away, there]).locate(HOME).provisional
    assert not Chain([there, away]).locate(HOME).provisional


def test_a_military_address_stays_one_though_a_later_geocoder_knows_nothing_of_it() -> None:
    with pytest.raises(NoFixedPlace):
        Chain([Answering(NoFixedPlace()), Answering(AddressNotFound())]).locate(HOME)


def test_an_odd_answer_for_one_address_leaves_the_others_of_the_batch_alone() -> None:
    class Odd(Answering):
        def locate(self, address: Address) -> Location:
            if address.postal_code == "66666":
                raise KeyError("properties")
            return super().locate(address)

    odd_one = Address("", "", "MA", "66666")

    first, second, third = Chain([Odd(POINT)]).locate_many([HOME, odd_one, HOME])

    assert first == third == POINT
    assert type(second) is GeocoderUnavailable


def test_a_failure_that_nobody_foresaw_is_logged_without_the_address() -> None:
    with capture_logs() as logged:
        Chain([Answering(RuntimeError("1 Main St, Cambridge"))]).locate_many([HOME])

    assert [entry["error"] for entry in logged] == ["RuntimeError"]
    assert "Main St" not in str(logged)


def test_geopys_own_logger_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("geopy").warning("1 Main St, Cambridge")

    assert caplog.records == []


def test_the_chain_is_made_of_the_names_in_the_settings(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Answering(POINT)
    monkeypatch.setitem(REGISTRY, "answering", lambda settings: found)
    app = make_app(PETITION_GEOCODERS="answering, zip")

    with app.app_context():
        assert get_chain().locate(HOME) == POINT
        assert get_chain() is get_chain()


def test_an_unknown_geocoder_in_the_settings_stops_with_the_settings_name(
    make_app: Callable[..., Flask],
) -> None:
    settings: Settings = make_app(PETITION_GEOCODERS="zip,elsewhere").extensions["hundredth"]

    with pytest.raises(ConfigurationError, match="PETITION_GEOCODERS: names 'elsewhere', which"):
        build_chain(settings)


@pytest.mark.parametrize("name", ["nominatim", "photon", "pelias"])
def test_a_geocoder_without_its_host_stops_with_the_settings_name(
    name: str, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, PETITION_GEOCODERS=f"{name},zip")

    with pytest.raises(ConfigurationError, match=f"PETITION_{name.upper()}_URL: is not set"):
        build_chain(settings)


def test_a_rate_that_cannot_be_read_stops_with_the_settings_name(tmp_path: Path) -> None:
    settings = make_settings(
        tmp_path, PETITION_GEOCODERS="census", PETITION_GEOCODER_RATE="now and then"
    )

    with pytest.raises(ConfigurationError, match="PETITION_GEOCODER_RATE"):
        build_chain(settings)


@pytest.mark.parametrize("url", ["ftp://geo.example", "http://", "geo.example"])
def test_a_host_that_is_no_web_address_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PETITION_PHOTON_URL"):
        make_settings(tmp_path, PETITION_PHOTON_URL=url)


def test_a_chain_of_the_zip_alone_asks_for_addresses_as_they_are(tmp_path: Path) -> None:
    chain = build_chain(make_settings(tmp_path, PETITION_GEOCODERS="zip"))
    addresses = [HOME, Address("17 Example St", "Cambridge", "MA", "00000")]

    assert chain.locate_many(addresses)[0] == ZipGeocoder().locate(HOME)


def test_addresses_and_places_show_nothing_of_themselves() -> None:
    shown = repr((HOME, Location(42.0, -71.0, Precision.STREET, "found", "MA", "02139")))

    for secret in ("Main", "Cambridge", "02139", "42.0", "71.0"):
        assert secret not in shown


def test_a_registered_geocoder_answers_for_many_by_default() -> None:
    geocoder: Any = Answering(POINT)

    assert geocoder.locate_many([HOME, HOME]) == [POINT, POINT]
