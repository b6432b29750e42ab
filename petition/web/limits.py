"""How often something may be done from one network: counted in Redis, and here while it is away.

- A log of the last moments is kept for each key, so that no span of the limit's length ever holds
  more than the limit, and one round trip answers for "60 per minute; 600 per hour" together.
- Whoever comes in a rush is counted several at a time: see leases.py.
- A key is hashed with the operator's key, so that no address lies in Redis.
- A stopped Redis neither blocks anyone nor opens the gate: each process then counts by itself.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from threading import Lock

from flask import Flask, current_app
from limits import parse_many
from redis.exceptions import RedisError

from petition.errors import ConfigurationError
from petition.logs import get_logger
from petition.queues import AWAY_SECONDS, QueueClient
from petition.sealing import Sealer
from petition.settings import Settings
from petition.web.leases import Leases

log = get_logger(__name__)

IPV6_PREFIX = 64  # what one household gets
KEY_BYTES = 16
EXTENSION = "hundredth-sign-limit"
LOOK_UPS = "hundredth-look-up-limit"
# Keys that a process counts by itself; beyond that the longest unused are let go.
REMEMBERED = 20_000
# The most hits that are counted at once: a tenth of the tightest limit, and never more than this.
LARGEST_LEASE = 50

# KEYS: the log. ARGV: how many hits are asked for, then how many are allowed in how many
# microseconds, for each limit. Returns how many hits were logged (fewer where there is no room for
# all) and, where none was, the microseconds to wait.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function wait_for(hits)
  local wait = 0
  for i = 2, #ARGV, 2 do
    local oldest = redis.call('LINDEX', KEYS[1], ARGV[i] - hits)
    if oldest then wait = math.max(wait, oldest + ARGV[i + 1] - now) end
  end
  return wait
end
local hits = tonumber(ARGV[1])
while hits > 1 and wait_for(hits) > 0 do hits = math.floor(hits / 2) end
local wait = wait_for(hits)
if wait > 0 then return {0, wait} end
local moment, most, longest = string.format('%.0f', now), 0, 0
for i = 2, #ARGV, 2 do
  most, longest = math.max(most, ARGV[i]), math.max(longest, ARGV[i + 1])
end
for _ = 1, hits do redis.call('LPUSH', KEYS[1], moment) end
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(longest / 1000))
return {hits, 0}
"""


class HitLimit:
    """Limits on one kind of thing.

    - ``limits`` as in "60 per minute; 600 per hour"; raises ValueError for anything else.
    - ``purpose`` keeps its counts apart from those of other limits.
    """

    def __init__(self, limits: str, queues: QueueClient, sealer: Sealer, purpose: str) -> None:
        self._spans = [(limit.amount, float(limit.get_expiry())) for limit in parse_many(limits)]
        self._arguments = [
            str(number) for many, span in self._spans for number in (many, int(span * 1_000_000))
        ]
        self._script = queues.redis.register_script(SCRIPT)
        self._local = LocalLog(self._spans)
        tightest = min(many for many, _ in self._spans)
        self._leases = Leases(min(LARGEST_LEASE, max(1, tightest // 10)))
        self._sealer = sealer
        self._purpose = purpose
        self._away_until = 0.0

    def hit(self, key: str) -> int:
        """Count one hit unless it is one too many; return the seconds to wait, 0 when let in."""
        digest = self._sealer.digest(key, self._purpose)[:KEY_BYTES].hex()
        if time.monotonic() >= self._away_until:
            try:
                return math.ceil(self._leases.hit(digest, self._ask))
            except RedisError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("limit.away", error=type(error).__name__)
        return math.ceil(self._local.hit(digest))

    def _ask(self, digest: str, hits: int) -> tuple[int, float]:
        logged, wait = self._script(
            keys=[f"hundredth:limit:{digest}"], args=[hits, *self._arguments]
        )
        return int(logged), int(wait) / 1_000_000


class LocalLog:
    """The same log in this process's memory; ``clock`` gives seconds that only go up."""

    def __init__(
        self, spans: Sequence[tuple[int, float]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._spans = spans
        self._clock = clock
        self._most = max(many for many, _ in spans)
        self._logs: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, key: str) -> float:
        """Log one hit unless it is one too many; return the seconds to wait."""
        now = self._clock()
        with self._lock:
            # Taken out and put in again, so that the first key is the longest unused.
            moments = self._logs.pop(key, None) or deque(maxlen=self._most)
            self._logs[key] = moments
            if len(self._logs) > REMEMBERED:
                del self._logs[next(iter(self._logs))]
            wait = max(
                (moments[-many] + span - now for many, span in self._spans if len(moments) >= many),
                default=0.0,
            )
            if wait <= 0:
                moments.append(now)
        return max(0.0, wait)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its limit on signing; raises ConfigurationError where it cannot be read."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    try:
        limit = HitLimit(settings.sign_limit, queues, sealer, "network")
    except ValueError:
        raise ConfigurationError(
            "PETITION_SIGN_LIMIT", 'cannot be read; write it like "60 per minute; 600 per hour"'
        ) from None
    app.extensions[EXTENSION] = limit
    # Looking an address up costs a geocoder's time: as often as signing, and counted apart.
    app.extensions[LOOK_UPS] = HitLimit(settings.sign_limit, queues, sealer, "look-up")


def get_limit() -> HitLimit:
    """Return the current app's limit on signing."""
    limit: HitLimit = current_app.extensions[EXTENSION]
    return limit


def get_look_up_limit() -> HitLimit:
    """Return the current app's limit on looking addresses up."""
    limit: HitLimit = current_app.extensions[LOOK_UPS]
    return limit


@lru_cache(1024)
def find_network(address: str | None) -> str:
    """Return what counts as one network: an IPv4 address, an IPv6 /64, or nothing known."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, IPV6_PREFIX), strict=False).network_address)
