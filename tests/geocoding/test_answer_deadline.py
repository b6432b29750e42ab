"""FAULT 27: a visitor who looks an address up waits two seconds at most, whatever its host does."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from socket import create_server

import pytest

from petition.core.errors import GeocoderUnavailable
from petition.geocoding import Address, Location
from petition.geocoding.answer_deadline import MOST_AT_ONCE
from petition.geocoding.chain import VISITOR_SECONDS, Chain, build_chain
from tests.geocoding.chains import make_settings, name_kinds
from tests.geocoding.geoservers import GeoServer, Place, be_slow, serve

HOME = Address("17 Example St", "Cambridge", "MA", "02139")
HERE = Place(42.3656, -71.1040, "MA", "02139")
# What a busy machine may add.
SLACK = 2.5


@pytest.fixture
def server() -> Iterator[GeoServer]:
    """A Nominatim that knows HOME."""
    with ExitStack() as stack:
        yield stack.enter_context(serve("nominatim", {"17 Example St": HERE}))


@pytest.fixture
def mute_url() -> Iterator[str]:
    """The URL of a host that takes connections and says nothing."""
    with closing(create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def make_chain(folder: Path, *servers: GeoServer, **changes: str) -> Chain:
    settings = make_settings(folder, *servers, **{"PETITION_GEOCODER_TIMEOUT": "30"} | changes)
    return build_chain(settings, for_visitors=True)


def time_locate(chain: Chain) -> tuple[Location | Exception, float]:
    began = time.monotonic()
    answer = chain.locate_many([HOME])[0]
    return answer, time.monotonic() - began


def test_who_answers_in_time_is_heard(server: GeoServer, tmp_path: Path) -> None:
    answer, _ = time_locate(make_chain(tmp_path, server))

    assert isinstance(answer, Location)
    assert answer.source == "nominatim"


def test_a_mute_host_is_waited_for_two_seconds(mute_url: str, tmp_path: Path) -> None:
    chain = make_chain(tmp_path, PETITION_GEOCODERS="nominatim", PETITION_NOMINATIM_URL=mute_url)

    answer, took = time_locate(chain)

    assert isinstance(answer, GeocoderUnavailable)
    assert VISITOR_SECONDS <= took < VISITOR_SECONDS + SLACK


def test_several_mute_hosts_share_the_two_seconds_and_the_zip_is_told(
    mute_url: str, tmp_path: Path
) -> None:
    chain = make_chain(
        tmp_path,
        PETITION_GEOCODERS="nominatim,photon,zip",
        PETITION_NOMINATIM_URL=mute_url,
        PETITION_PHOTON_URL=mute_url,
    )

    answer, took = time_locate(chain)

    assert isinstance(answer, Location)
    assert (answer.source, answer.provisional) == ("zip", True)
    assert took < VISITOR_SECONDS + SLACK


def test_a_crowd_at_a_mute_host_is_answered_at_once(server: GeoServer, tmp_path: Path) -> None:
    server.fault = be_slow
    chain = make_chain(tmp_path, server)
    crowd = 20

    with ThreadPoolExecutor(crowd) as pool:
        found = list(pool.map(lambda _: time_locate(chain), range(crowd)))

    assert set(name_kinds([answer for answer, _ in found])) == {"GeocoderUnavailable"}
    assert sum(took > VISITOR_SECONDS / 2 for _, took in found) == MOST_AT_ONCE
    assert len(server.asked) == MOST_AT_ONCE


def test_a_place_is_free_again_when_its_host_has_answered(
    server: GeoServer, tmp_path: Path
) -> None:
    server.faults = [be_slow] * MOST_AT_ONCE
    chain = make_chain(tmp_path, server, PETITION_GEOCODER_TIMEOUT="2.2")
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        list(pool.map(lambda _: time_locate(chain), range(MOST_AT_ONCE)))
    time.sleep(1)

    assert isinstance(time_locate(chain)[0], Location)


def test_no_visitor_waits_for_a_rate(server: GeoServer, tmp_path: Path) -> None:
    chain = make_chain(tmp_path, server, PETITION_GEOCODER_RATE="1 per 20 second")

    first, _ = time_locate(chain)
    second, took = time_locate(chain)

    assert isinstance(first, Location)
    assert name_kinds([second]) == ["GeocoderRateLimited"]
    assert took < VISITOR_SECONDS
    assert len(server.asked) == 1
