"""The rate holds, the breaker opens and closes, a quick failure gets a second try."""

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
import time_machine
from redis import Redis

from petition.core.errors import (
    AddressNotFound,
    ConfigurationError,
    GeocoderRateLimited,
    GeocoderUnavailable,
    PetitionError,
)
from petition.geocoding import Address, Geocoder, Location, Precision
from petition.geocoding.circuit_breaker import (
    FAILURES,
    LONGEST_REST_SECONDS,
    REST_SECONDS,
    Breaker,
)
from petition.geocoding.host_guard import Guard
from petition.geocoding.request_rate import Rate
from petition.geocoding.shared_state import Shared
from tests.geocoding.chains import name_kinds

HOME = Address("17 EXAMPLE ST", "CAMBRIDGE", "MA", "02139")
POINT = Location(42.0, -71.0, Precision.STREET, source="scripted", region="MA")


class Time:
    """A clock that only sleeping moves, by hand or by the code under test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Scripted(Geocoder):
    """Gives what it is told in turn, then POINT; a number is seconds that it takes to fail."""

    name = "scripted"

    def __init__(self, time: Time, *script: Location | Exception | float, rows: int = 1) -> None:
        self.batch_rows = rows
        self.asked: list[int] = []
        self.script = list(script)
        self._time = time

    def locate(self, address: Address) -> Location:
        raise NotImplementedError

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        self.asked.append(len(addresses))
        answer = self.script.pop(0) if self.script else POINT
        if isinstance(answer, float):
            self._time.sleep(answer)
            answer = GeocoderUnavailable()
        if not isinstance(answer, Location | PetitionError):
            raise answer
        return [answer] * len(addresses)


class Unlimited(Rate):
    """A rate that never makes anybody wait."""

    def __init__(self) -> None:
        """Need nothing."""

    def wait(self, until: float) -> None:
        """Let through."""


@pytest.fixture
def clock() -> Time:
    return Time()


def make_guard(geocoder: Scripted, clock: Time, seconds: float = 30.0) -> Guard:
    breaker = Breaker("scripted", Shared(None), clock.read)
    return Guard(geocoder, Unlimited(), breaker, seconds, clock=clock.read, sleep=clock.sleep)


def down(times: int) -> list[Exception]:
    return [GeocoderUnavailable() for _ in range(times)]


def test_a_quick_failure_is_tried_once_more(clock: Time) -> None:
    geocoder = Scripted(clock, GeocoderUnavailable())

    assert make_guard(geocoder, clock).locate(HOME) == POINT
    assert geocoder.asked == [1, 1]


def test_a_slow_failure_is_not_pressed(clock: Time) -> None:
    geocoder = Scripted(clock, 5.0)

    with pytest.raises(GeocoderUnavailable):
        make_guard(geocoder, clock).locate(HOME)

    assert geocoder.asked == [1]


def test_not_found_is_settled_at_the_first_try(clock: Time) -> None:
    geocoder = Scripted(clock, AddressNotFound())

    with pytest.raises(AddressNotFound):
        make_guard(geocoder, clock).locate(HOME)

    assert geocoder.asked == [1]


def test_a_failure_that_nobody_foresaw_is_unavailable_and_tried_once_more(clock: Time) -> None:
    geocoder = Scripted(clock, KeyError("17 Example St"), KeyError("17 Example St"))

    with pytest.raises(GeocoderUnavailable) as caught:
        make_guard(geocoder, clock).locate(HOME)

    assert "Example" not in str(caught.value)
    assert geocoder.asked == [1, 1]


def test_the_breaker_opens_after_failures_in_a_row_and_closes_with_the_first_answer(
    clock: Time,
) -> None:
    geocoder = Scripted(clock, *down(FAILURES))
    guard = make_guard(geocoder, clock)

    assert name_kinds(guard.locate_many([HOME] * 10)) == ["GeocoderUnavailable"] * 10
    assert len(geocoder.asked) == FAILURES
    clock.sleep(REST_SECONDS - 1)
    assert name_kinds(guard.locate_many([HOME])) == ["GeocoderUnavailable"]
    assert len(geocoder.asked) == FAILURES
    clock.sleep(2)
    assert guard.locate_many([HOME] * 2) == [POINT, POINT]


def test_half_open_lets_one_request_through_and_opens_again_where_it_fails(clock: Time) -> None:
    geocoder = Scripted(clock, *down(FAILURES + 1))
    guard = make_guard(geocoder, clock)
    guard.locate_many([HOME] * 10)
    clock.sleep(REST_SECONDS + 1)

    assert name_kinds(guard.locate_many([HOME] * 3)) == ["GeocoderUnavailable"] * 3
    assert len(geocoder.asked) == FAILURES + 1


def test_an_answer_between_failures_begins_the_row_anew(clock: Time) -> None:
    script = [*down(FAILURES - 1), POINT, *down(FAILURES - 1), POINT]
    geocoder = Scripted(clock, *script)
    guard = make_guard(geocoder, clock)

    guard.locate_many([HOME] * 20)

    assert not geocoder.script
    assert guard.locate(HOME) == POINT


def test_a_geocoder_that_asks_to_wait_is_left_alone_for_as_long(clock: Time) -> None:
    geocoder = Scripted(clock, GeocoderRateLimited("scripted", 120.0))
    guard = make_guard(geocoder, clock)

    answers = guard.locate_many([HOME] * 3)

    assert name_kinds(answers) == ["GeocoderRateLimited", *["GeocoderUnavailable"] * 2]
    clock.sleep(119)
    assert name_kinds(guard.locate_many([HOME])) == ["GeocoderUnavailable"]
    clock.sleep(2)
    assert guard.locate(HOME) == POINT
    assert geocoder.asked == [1, 1]


def test_a_wait_of_days_is_not_believed(clock: Time) -> None:
    guard = make_guard(Scripted(clock, GeocoderRateLimited("scripted", 1e6)), clock)
    guard.locate_many([HOME])

    clock.sleep(LONGEST_REST_SECONDS + 1)

    assert guard.locate(HOME) == POINT


def test_addresses_go_as_many_to_a_request_as_it_takes_and_fail_apart(clock: Time) -> None:
    geocoder = Scripted(clock, POINT, *down(2), rows=4)

    answers = make_guard(geocoder, clock).locate_many([HOME] * 10)

    assert geocoder.asked == [4, 4, 4, 2]
    assert name_kinds(answers) == [
        *["Location"] * 4,
        *["GeocoderUnavailable"] * 4,
        *["Location"] * 2,
    ]


def test_processes_share_a_breaker(queue_url: str, clock: Time) -> None:
    redis = Redis.from_url(queue_url)
    one, other = (Breaker("scripted", Shared(redis), clock.read) for _ in range(2))
    for _ in range(FAILURES):
        one.enter()
        one.fail()

    with pytest.raises(GeocoderUnavailable):
        other.enter()

    # The rest is over.
    redis.delete("hundredth:geocoder:scripted:resting")
    other.enter()
    with pytest.raises(GeocoderUnavailable):
        one.enter()
    other.succeed()
    one.enter()
    redis.close()


def test_each_process_has_a_breaker_of_its_own_while_redis_is_away(clock: Time) -> None:
    redis = Redis.from_url("unix:///nowhere/valkey.sock")
    breaker = Breaker("scripted", Shared(redis), clock.read)

    for _ in range(FAILURES):
        breaker.enter()
        breaker.fail()

    with pytest.raises(GeocoderUnavailable):
        breaker.enter()


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(1_800_000_000.0, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("url", [None, "unix:///nowhere/valkey.sock", "real"])
def test_the_rate_holds_in_every_span(
    url: str | None, queue_url: str, frozen: time_machine.Traveller
) -> None:
    redis = Redis.from_url(queue_url if url == "real" else url) if url else None
    moments: list[float] = []
    rates = [
        Rate("scripted", "5 per second", Shared(redis), clock=time.time, sleep=frozen.shift)
        for _ in range(2 if url == "real" else 1)
    ]

    for number in range(23):
        rates[number % len(rates)].wait(until=time.time() + 60)
        moments.append(time.time())
        frozen.shift(0.03)

    spans = [later - earlier for earlier, later in zip(moments, moments[5:], strict=False)]
    assert min(spans) >= 1.0 - 1e-6
    assert all(later >= earlier for earlier, later in pairwise(moments))
    if redis is not None:
        redis.close()


def test_who_would_wait_beyond_the_deadline_is_limited_at_once(
    frozen: time_machine.Traveller,
) -> None:
    rate = Rate("scripted", "1 per minute", Shared(None), clock=time.time, sleep=frozen.shift)
    rate.wait(until=time.time())
    before = time.time()

    with pytest.raises(GeocoderRateLimited):
        rate.wait(until=time.time() + 10)

    assert time.time() == before


def test_a_rate_that_cannot_be_read_names_its_setting() -> None:
    with pytest.raises(ConfigurationError, match="PETITION_GEOCODER_RATE"):
        Rate("scripted", "often", Shared(None))
