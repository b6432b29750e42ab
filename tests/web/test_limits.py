"""Limits: exact over any span, in Redis and without it."""

from collections.abc import Iterator

import pytest
from redis import Redis

from petition.core.queues import QueueClient
from petition.core.sealing import Sealer
from petition.web.ratelimit.leases import Hit, Leases
from petition.web.ratelimit.limits import HitLimit, choose_domain_limit, find_network, find_networks
from petition.web.ratelimit.local_log import LocalLog, Span

SEALER = Sealer(bytes(range(32)))


@pytest.fixture
def queues(queue_url: str) -> Iterator[QueueClient]:
    client = QueueClient(queue_url)
    yield client
    client.redis.close()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::"),
        ("2001:db8::ffff:1", "2001:db8::"),
        ("2001:db8:0:1::1", "2001:db8:0:1::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("64:ff9b::192.0.2.7", "192.0.2.7"),
        ("2002:c000:207::1", "192.0.2.7"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdf8", "192.0.2.7"),
        ("", "unknown"),
        (None, "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_household(
    address: str | None, network: str
) -> None:
    assert find_network(address) == network


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("64:ff9b::192.0.2.7", ("192.0.2.7",)),
        ("2001:db8:1:2ab::1", ("2001:db8:1:2ab::", "2001:db8:1:200::/56", "2001:db8:1::/48")),
        (None, ("unknown",)),
    ],
)
def test_an_ipv6_address_is_limited_by_three_networks(
    address: str | None, networks: tuple[str, ...]
) -> None:
    assert find_networks(address) == networks


def test_hits_beyond_the_limit_wait_and_are_not_counted(queues: QueueClient) -> None:
    limit = HitLimit("2 per minute; 3 per hour", queues, SEALER, "test")

    waits = [limit.hit("a") for _ in range(4)]

    assert waits[:2] == [0, 0]
    assert all(50 < wait <= 60 for wait in waits[2:])
    assert limit.hit("b") == 0


def test_a_hit_is_let_in_once_the_oldest_is_out_of_the_span(queues: QueueClient) -> None:
    limit = HitLimit("1 per second", queues, SEALER, "test")
    assert limit.hit("a") == 0
    assert limit.hit("a") == 1

    key = queues.redis.keys("hundredth:limit:*")[0]
    queues.redis.lset(key, 0, int(queues.redis.lindex(key, 0)) - 1_000_000)

    assert HitLimit("1 per second", queues, SEALER, "test").hit("a") == 0


def test_two_processes_count_together_and_two_purposes_apart(queues: QueueClient) -> None:
    first, second = (HitLimit("1 per hour", queues, SEALER, "test") for _ in range(2))
    other = HitLimit("1 per hour", queues, SEALER, "other")

    assert first.hit("a") == 0
    assert second.hit("a") > 0
    assert other.hit("a") == 0


def test_redis_holds_no_address_and_forgets_in_time(queues: QueueClient) -> None:
    HitLimit("60 per minute; 600 per hour", queues, SEALER, "test").hit("192.0.2.7")

    redis: Redis = queues.redis
    (key,) = redis.keys("hundredth:limit:*")
    assert b"192" not in key
    assert 3590 <= redis.ttl(key) <= 3600


def test_without_redis_a_process_counts_by_itself() -> None:
    limit = HitLimit("2 per minute", QueueClient("unix:///nowhere/v.sock"), SEALER, "test")

    assert [limit.hit("a") > 0 for _ in range(4)] == [False, False, True, True]


def test_the_local_count_lets_in_again_after_the_span() -> None:
    moments = iter([0.0, 1.0, 2.0, 61.0, 61.5, 62.0, 3600.0])
    log = LocalLog([Span(2, 60), Span(4, 3600)], clock=lambda: next(moments))

    waits = [log.hit("a").wait for _ in range(7)]

    assert waits == [0, 0, 58.0, 0, 0, 3538.0, 0]


def test_the_local_count_forgets_the_longest_unused_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("petition.web.ratelimit.local_log.REMEMBERED", 2)
    log = LocalLog([Span(1, 60)])

    for key in ("a", "b", "a", "c"):  # "b" is forgotten
        log.hit(key)

    assert log.hit("a").wait > 0 and log.hit("b").wait == 0


def test_a_limit_that_cannot_be_read_is_refused(queues: QueueClient) -> None:
    with pytest.raises(ValueError, match="couldn't parse"):
        HitLimit("many", queues, SEALER, "test")


def test_a_rush_passes_the_limit_by_none_and_hardly_asks(queues: QueueClient) -> None:
    limits = [HitLimit("60 per minute; 600 per hour", queues, SEALER, "test") for _ in range(3)]
    before = queues.redis.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)

    let_in = sum(limit.hit("a") == 0 for _ in range(100) for limit in limits)

    asked = queues.redis.info("commandstats")["cmdstat_evalsha"]["calls"] - before
    assert 45 <= let_in <= 60  # what is left of three leases of at most six may be lost
    assert asked < 40


def test_a_lease_grows_while_it_is_used_up_in_time_and_then_starts_small() -> None:
    moments = iter([*(n / 100 for n in range(100)), *(5 + n / 100 for n in range(100))])
    leases = Leases(4, clock=lambda: next(moments))
    asked: list[int] = []

    def ask(key: str, hits: int) -> tuple[int, Hit]:
        asked.append(hits)
        return hits, Hit(0.0)

    while len(asked) < 4:
        assert leases.hit("a", ask).wait == 0
    assert asked == [1, 2, 4, 4]
    while next(moments) < 5:
        pass
    leases.hit("a", ask)

    assert asked[-1] == 1


def test_who_was_refused_is_not_asked_for_again_at_once() -> None:
    moments = iter([0.0, 0.0, 0.5, 1.5, 1.5])
    leases = Leases(4, clock=lambda: next(moments))
    asked: list[int] = []

    def refuse(key: str, hits: int) -> tuple[int, Hit]:
        asked.append(hits)
        return 0, Hit(30.0)

    assert [leases.hit("a", refuse).wait for _ in range(3)] == [30.0, 29.5, 30.0]
    assert asked == [1, 1]


def test_an_answer_that_comes_late_makes_nobody_less_busy() -> None:
    leases = Leases(4)

    def ask_first(key: str, hits: int) -> tuple[int, Hit]:
        # Another thread asks after this one, and has its answer before it.
        assert leases.hit(key, lambda *_: (1, Hit(0.0, 30.0))).busy > 0
        return 3, Hit(0.0)

    assert leases.hit("a", ask_first).busy == 0

    # Two are left of what was leased first, and the key is busy by now.
    assert leases.hit("a", ask_first).busy > 0


@pytest.mark.parametrize("away", [False, True], ids=["in Redis", "without Redis"])
def test_a_key_is_busy_once_it_has_used_more_than_a_third(queues: QueueClient, away: bool) -> None:
    client = QueueClient("unix:///nowhere/v.sock") if away else queues
    limit = HitLimit("12 per minute", client, SEALER, "test")

    soon = []
    hits = []
    for _ in range(6):
        soon.append(limit.is_busy_soon("a"))
        hits.append(limit.try_hit("a"))

    assert soon == [False, False, False, True, True, True]
    assert [hit.busy > 0 for hit in hits] == [False, False, False, False, True, True]
    assert all(hit.wait == 0 and hit.busy <= 60 for hit in hits)
    assert not limit.is_busy_soon("b")


def test_looking_counts_nothing(queues: QueueClient) -> None:
    limit = HitLimit("2 per minute", queues, SEALER, "test")

    for _ in range(10):
        limit.is_busy_soon("a")

    assert not queues.redis.keys("hundredth:limit:*")
    assert limit.try_hit("a") == (0, 0)


AWAY = pytest.mark.parametrize("away", [False, True], ids=["in Redis", "without Redis"])


@AWAY
@pytest.mark.parametrize(
    "address",
    ["2001:db8:1:{:x}::1", "2001:db8:1:{:x}00::1", "2001:db8:1:7{:02x}::1"],
    ids=["/64s of a /48", "/56s of a /48", "/64s of a /56"],
)
def test_hundreds_of_networks_of_one_larger_one_are_let_in_as_one(
    queues: QueueClient, away: bool, address: str
) -> None:
    client = QueueClient("unix:///nowhere/v.sock") if away else queues
    limit = HitLimit("20 per hour", client, SEALER, "test")

    hits = [limit.try_hit(find_networks(address.format(n))) for n in range(200)]

    assert [hit.wait > 0 for hit in hits] == [False] * 20 + [True] * 180
    assert [hit.busy > 0 for hit in hits] == [False] * 6 + [True] * 194  # a third of 20
    assert limit.is_busy_soon(find_networks(address.format(201)))
    assert limit.hit(find_networks("2001:db8:2::1")) == 0, "another /48"
    assert limit.hit(find_networks("192.0.2.7")) == 0


@AWAY
def test_who_is_refused_uses_up_nothing_of_the_other_networks(
    queues: QueueClient, away: bool
) -> None:
    client = QueueClient("unix:///nowhere/v.sock") if away else queues
    limit = HitLimit("4 per hour", client, SEALER, "test")

    for number in range(40):
        limit.hit(("one", "shared") if number < 3 else ("one",))
    for _ in range(40):
        assert limit.hit(("one", "shared", "third")) > 0  # "one" is full

    assert limit.hit("shared") == 0
    assert [limit.hit("third") for _ in range(4)] == [0, 0, 0, 0]


def test_several_networks_cost_one_round_trip(queues: QueueClient) -> None:
    limit = HitLimit("1000 per hour", queues, SEALER, "test")
    limit.hit("first")  # which loads the script
    before = queues.redis.info("commandstats")["cmdstat_evalsha"]["calls"]

    limit.hit(("a", "b", "c"))

    assert queues.redis.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1
    assert len(queues.redis.keys("hundredth:limit:*")) == 4


@pytest.mark.parametrize(
    ("sign_limit", "domain_limit"),
    [
        ("60 per minute; 600 per hour", "60 per minute; 600 per hour"),
        ("3 per hour", "60 per minute; 600 per hour"),
        ("20 per minute", "60 per minute; 600 per hour"),
        ("100 per day", "60 per minute; 600 per hour"),
        ("100000 per minute", "100000 per minute"),
        ("10 per second; 900 per hour", "10 per second; 900 per hour"),
    ],
)
def test_a_mail_domain_may_send_what_a_network_may_and_never_less_than_the_default(
    sign_limit: str, domain_limit: str
) -> None:
    assert choose_domain_limit(sign_limit) == domain_limit
