"""Answers are kept for a while, and what is kept tells nobody anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from petition.geocoding import Address, Location
from petition.geocoding.answer_cache import NOT_FOUND_SECONDS
from petition.geocoding.geocoder import AmbiguousAddress
from tests.geocoding.chains import make_chain, name_kinds
from tests.geocoding.geoservers import FAULTS, GeoServer, Place, serve

HOME = Address("17 Example St Apt 4", "Cambridge", "MA", "02139")
SAME = Address("17 example street", "cambridge", "MA", "02139-4307")
NOWHERE = Address("404 Example St", "Cambridge", "MA", "02139")
TWICE = Address("2 Example St", "Cambridge", "MA", "02139")
HERE = Place(42.365643, -71.104086, "MA", "02139")
AWAY = Place(42.4, -71.2, "MA", "02139")


@pytest.fixture
def server() -> Iterator[GeoServer]:
    with serve("nominatim", {"17 Example St": HERE, "2 Example St": [HERE, AWAY]}) as running:
        yield running


@pytest.fixture
def redis(queue_url: str) -> Iterator[Redis]:
    client = Redis.from_url(queue_url)
    yield client
    client.close()


def read_all(redis: Redis) -> bytes:
    """Return every key and every value of the cache in Redis."""
    keys = list(redis.scan_iter(match="hundredth:geocoded:*"))
    return b"\n".join([*keys, *(redis.get(key) or b"" for key in keys)])


def test_a_second_look_up_makes_no_request(server: GeoServer, redis: Redis, tmp_path: Path) -> None:
    first = make_chain(tmp_path, server, redis=redis).locate_many([HOME, NOWHERE, TWICE])
    again = make_chain(tmp_path, server, redis=redis).locate_many([SAME, NOWHERE, TWICE])

    assert len(server.requests) == 3
    assert again[0] == first[0]
    assert name_kinds(again) == ["Location", "AddressNotFound", "AmbiguousAddress"]
    assert isinstance(first[2], AmbiguousAddress)
    assert isinstance(again[2], AmbiguousAddress)
    assert again[2].candidates == first[2].candidates


def test_one_address_in_a_batch_is_asked_for_once(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    answers = make_chain(tmp_path, server, redis=redis).locate_many([HOME, SAME, HOME])

    assert len(server.requests) == 1
    assert name_kinds(answers) == ["Location"] * 3


def test_nothing_of_the_address_or_the_place_is_in_redis(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    make_chain(tmp_path, server, redis=redis).locate_many([HOME, NOWHERE, TWICE])

    kept = read_all(redis).lower()
    assert kept
    for secret in (
        b"example",
        b"cambridge",
        b"02139",
        b"42.36",
        b"71.10",
        b"rooftop",
        b"nominatim",
    ):
        assert secret not in kept
    assert not [key for key in redis.keys() if b"EXAMPLE" in key.upper()]


def test_a_value_opens_only_under_its_own_key(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    chain = make_chain(tmp_path, server, redis=redis)
    chain.locate(HOME)
    [key] = redis.scan_iter(match="hundredth:geocoded:*")
    chain.locate_many([NOWHERE])
    [other] = set(redis.scan_iter(match="hundredth:geocoded:*")) - {key}
    value = redis.get(key)
    assert value is not None

    redis.set(other, value)

    assert name_kinds(chain.locate_many([NOWHERE])) == ["AddressNotFound"]
    assert len(server.requests) == 3


def test_a_place_is_kept_for_a_day_and_a_no_for_an_hour(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    chain = make_chain(tmp_path, server, redis=redis)
    chain.locate(HOME)
    [found] = redis.scan_iter(match="hundredth:geocoded:*")
    chain.locate_many([NOWHERE])
    [missing] = set(redis.scan_iter(match="hundredth:geocoded:*")) - {found}

    assert 86_000 < redis.ttl(found) <= 86_400
    assert 3_000 < redis.ttl(missing) <= NOT_FOUND_SECONDS


def test_unavailable_is_never_kept(server: GeoServer, redis: Redis, tmp_path: Path) -> None:
    server.fault = FAULTS["500"]
    chain = make_chain(tmp_path, server, redis=redis)

    assert name_kinds(chain.locate_many([HOME])) == ["GeocoderUnavailable"]
    server.fault = None

    assert isinstance(chain.locate(HOME), Location)


def test_nothing_is_kept_where_the_setting_is_nought(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    chain = make_chain(tmp_path, server, redis=redis, PETITION_GEOCODER_CACHE_SECONDS="0")

    chain.locate(HOME)
    chain.locate(HOME)

    assert len(server.requests) == 2
    assert read_all(redis) == b""


def test_redis_away_is_an_empty_cache(server: GeoServer, tmp_path: Path) -> None:
    chain = make_chain(tmp_path, server, redis=Redis.from_url("unix:///nowhere/valkey.sock"))

    assert name_kinds(chain.locate_many([HOME])) == ["Location"]
    assert name_kinds(chain.locate_many([HOME])) == ["Location"]
    assert len(server.requests) == 2


def test_geocoders_do_not_share_their_answers(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    make_chain(tmp_path, server, redis=redis).locate(HOME)

    with serve("photon", {}) as photon:
        answers = make_chain(tmp_path, photon, redis=redis).locate_many([HOME])

    assert name_kinds(answers) == ["AddressNotFound"]


def test_a_damaged_value_is_looked_up_again(
    server: GeoServer, redis: Redis, tmp_path: Path
) -> None:
    chain = make_chain(tmp_path, server, redis=redis)
    chain.locate(HOME)
    [key] = redis.scan_iter(match="hundredth:geocoded:*")

    for damaged in (b"x", b"\x01" + bytes(60)):
        redis.set(key, damaged)
        assert isinstance(chain.locate(HOME), Location)
