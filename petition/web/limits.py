"""How often something may be done from one network: counted in Redis, and here while it is away.

- A log of the last moments is kept for each key, so that no span of the limit's length ever holds
  more than the limit, and one round trip answers for "60 per minute; 600 per hour" together.
- Whoever comes in a rush is counted several at a time: see leases.py.
- A hit also tells whether its key is *busy*, which is to have used more than a third of a limit: of
  such a network a proof of work may be asked (guards.py).
- A key is hashed with the operator's key, so that no address lies in Redis.
- A stopped Redis neither blocks anyone nor opens the gate: each process then counts by itself.
"""

import math
import time
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network

from flask import Flask, current_app
from limits import parse_many
from redis.exceptions import RedisError

from petition.errors import ConfigurationError
from petition.logs import get_logger
from petition.queues import AWAY_SECONDS, QueueClient
from petition.sealing import Sealer
from petition.settings import Settings
from petition.web.leases import Hit, Leases
from petition.web.local_log import LocalLog, Span

log = get_logger(__name__)

IPV6_PREFIX = 64  # what one household gets
KEY_BYTES = 16
EXTENSION = "hundredth-sign-limit"
LOOK_UPS = "hundredth-look-up-limit"
CAMPAIGNS = "hundredth-campaign-limits"
# The most hits that are counted at once: a tenth of the tightest limit, and never more than this.
LARGEST_LEASE = 50

# KEYS: the log. ARGV: how many hits are asked for (0 only looks), then for each limit how many are
# allowed, how many make the key busy, and in how many microseconds. Returns how many hits were
# logged (fewer where there is no room for all), the microseconds to wait where none was, and those
# until the key is busy no more.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function until_below(number, hits)
  local wait = 0
  for i = 2, #ARGV, 3 do
    local oldest = redis.call('LINDEX', KEYS[1], ARGV[i + number] - hits)
    if oldest then wait = math.max(wait, oldest + ARGV[i + 2] - now) end
  end
  return wait
end
local hits = tonumber(ARGV[1])
if hits == 0 then return {0, 0, until_below(1, 1)} end
while hits > 1 and until_below(0, hits) > 0 do hits = math.floor(hits / 2) end
local wait = until_below(0, hits)
if wait > 0 then return {0, wait, until_below(1, 1)} end
local moment, most, longest = string.format('%.0f', now), 0, 0
for i = 2, #ARGV, 3 do
  most, longest = math.max(most, ARGV[i]), math.max(longest, ARGV[i + 2])
end
for _ = 1, hits do redis.call('LPUSH', KEYS[1], moment) end
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(longest / 1000))
return {hits, 0, until_below(1, 1)}
"""


class HitLimit:
    """Limits on one kind of thing.

    - ``limits`` as in "60 per minute; 600 per hour"; raises ValueError for anything else.
    - ``purpose`` keeps its counts apart from those of other limits.
    """

    def __init__(self, limits: str, queues: QueueClient, sealer: Sealer, purpose: str) -> None:
        spans = [Span(limit.amount, limit.get_expiry()) for limit in parse_many(limits)]
        self._counting = _list_arguments(spans, [span.busy + 1 for span in spans])
        self._looking = _list_arguments(spans, [span.soon_busy for span in spans])
        self._script = queues.redis.register_script(SCRIPT)
        self._local = LocalLog(spans)
        tightest = min(span.many for span in spans)
        self._leases = Leases(min(LARGEST_LEASE, max(1, tightest // 10)))
        self._sealer = sealer
        self._purpose = purpose
        self._away_until = 0.0

    def hit(self, key: str) -> int:
        """Count one hit unless it is one too many; return the seconds to wait, 0 when let in."""
        return math.ceil(self.try_hit(key).wait)

    def try_hit(self, key: str) -> Hit:
        """Count one hit unless it is one too many, and tell of both ways to be over."""
        digest = self._digest(key)
        hit = self._unless_away(lambda: self._leases.hit(digest, self._ask))
        return self._local.hit(digest) if hit is None else hit

    def is_busy_soon(self, key: str) -> bool:
        """Return whether the key's next hits may find it busy; counts nothing."""
        digest = self._digest(key)
        hit = self._unless_away(lambda: self._call(digest, 0, self._looking)[1])
        return (self._local.look(digest) if hit is None else hit).busy > 0

    def _unless_away(self, ask: Callable[[], Hit]) -> Hit | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            return ask()
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("limit.away", error=type(error).__name__)
            return None

    def _digest(self, key: str) -> str:
        return self._sealer.digest(key, self._purpose)[:KEY_BYTES].hex()

    def _ask(self, digest: str, hits: int) -> tuple[int, Hit]:
        return self._call(digest, hits, self._counting)

    def _call(self, digest: str, hits: int, limits: Sequence[int]) -> tuple[int, Hit]:
        found = self._script(keys=[f"hundredth:limit:{digest}"], args=[hits, *limits])
        logged, wait, busy = (int(number) for number in found)
        return logged, Hit(wait / 1_000_000, busy / 1_000_000)


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
    # Of campaigns with limits of their own, by the words of the limit.
    app.extensions[CAMPAIGNS] = cache(
        lambda limits: HitLimit(limits, queues, sealer, f"campaign {limits}")
    )


def _list_arguments(spans: Sequence[Span], busy: Sequence[int]) -> list[int]:
    return [
        number
        for span, at in zip(spans, busy, strict=True)
        for number in (span.many, at, int(span.seconds * 1_000_000))
    ]


def get_limit() -> HitLimit:
    """Return the current app's limit on signing."""
    limit: HitLimit = current_app.extensions[EXTENSION]
    return limit


def get_campaign_limit(limits: str) -> HitLimit:
    """Return the limit of the campaigns that set it so; its keys name campaign and network."""
    limit: HitLimit = current_app.extensions[CAMPAIGNS](limits)
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
