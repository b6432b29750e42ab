"""The doctor asks each geocoder's host whether it is there, and sends no address."""

from pathlib import Path

import pytest

from petition.health.findings import Fault
from petition.health.geocoder_hosts import list_geocoder_checks
from tests.geocoding.chains import make_settings
from tests.geocoding.geoservers import FAULTS, serve


def test_each_host_of_the_chain_has_a_check_and_the_offline_one_has_none(tmp_path: Path) -> None:
    with serve("census", {}) as census, serve("photon", {}) as photon:
        chain = {"PETITION_GEOCODERS": "census, photon, zip"}
        checks = list_geocoder_checks(make_settings(tmp_path, census, photon, **chain))

    assert list(checks) == ["census", "photon"]


def test_a_host_that_answers_is_well_and_is_told_no_address(tmp_path: Path) -> None:
    with serve("nominatim", {}) as server:
        [check] = list_geocoder_checks(make_settings(tmp_path, server)).values()

        assert check() == "127.0.0.1 answers"
        assert server.requests == ["/"]


def test_a_host_that_fails_or_is_not_there_is_a_fault_that_names_its_setting(
    tmp_path: Path,
) -> None:
    with serve("pelias", {}) as server:
        server.fault = FAULTS["500"]
        [check] = list_geocoder_checks(make_settings(tmp_path, server)).values()
        with pytest.raises(Fault, match="answers 500"):
            check()

    with pytest.raises(Fault) as caught:
        check()
    assert "PETITION_PELIAS_URL" in caught.value.remedy


def test_a_chain_that_cannot_be_made_is_a_fault_that_names_its_setting(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, PETITION_GEOCODERS="photon,zip")
    [(name, check)] = list_geocoder_checks(settings).items()

    with pytest.raises(Fault, match="PETITION_PHOTON_URL is not set"):
        check()
    assert name == "geocoders"
