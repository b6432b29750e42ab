"""Rate limits for one network, or for the mailboxes of one small domain.

- Counted in Redis, or in this process while Redis is unavailable.
- A sliding log of hits is kept for each key, so that no period of the limit's length contains more
  than the limit, and one round trip checks "60 per minute; 600 per hour" together.
- A hit may have several keys: an IPv6 address counts for its /64, /56 and /48 at once, since a /48
  contains 65,536 /64s. All keys must be below their limit, or none is counted.
- Bursts are counted several hits at a time: see leases.py.
- A hit also returns whether its key is *busy*, which means that it has used more than a third of a
  limit: a proof of work may be required from such a network (proof_of_work.py).
- A key is a keyed hash, so that no address is stored in Redis.
- While Redis is down the limits stay in force, but each process counts by itself.
"""

import math
import time
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address

from flask import Flask, current_app
from limits import parse_many
from redis.exceptions import RedisError

from petition.core.errors import ConfigurationError
from petition.core.logs import get_logger
from petition.core.networks import name_network, read_address
from petition.core.queues import AWAY_SECONDS, QueueClient
from petition.core.sealing import Sealer
from petition.core.settings import Settings
from petition.web.ratelimit.leases import Hit, Leases
from petition.web.ratelimit.local_log import LocalLog, Span

log = get_logger(__name__)

# The lowest default for one small mail domain: a university with all its mailboxes in one domain
# peaks at some fifteen signatures a minute.
DOMAIN_LIMIT = "60 per minute; 600 per hour"
HOUSEHOLD = 64  # the prefix of an IPv6 network of one household
WIDER = (56, 48)  # prefixes that a household or a company may be assigned (RFC 6177)
UNKNOWN = "unknown"
KEY_BYTES = 16
KEYS_REMEMBERED = 4_000
EXTENSION = "hundredth-sign-limit"
LOOK_UPS = "hundredth-look-up-limit"
QUESTIONS = "hundredth-question-limit"
PREVIEWS = "hundredth-preview-limit"
DOMAINS = "hundredth-domain-limit"
CAMPAIGNS = "hundredth-campaign-limits"
ADDRESSES = "hundredth-address-limit"
# How often the address of one signature may be changed: enough to correct typing errors.
ADDRESS_LIMIT = "10 per day"
# The most hits of one lease: a tenth of the tightest limit, but never more than this.
LARGEST_LEASE = 50

# What is counted: one name, or several that are hit together.
Key = str | tuple[str, ...]

# KEYS: the logs. ARGV: the number of hits (0 logs nothing), then for each limit how many hits are
# allowed, how many make a key busy, and its period in microseconds. Returns how many hits were
# logged for each key (fewer where a limit does not allow all), the microseconds to wait where none
# was, and the microseconds until none of the keys is busy.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function until_below(number, hits)
  local wait = 0
  for _, key in ipairs(KEYS) do
    for i = 2, #ARGV, 3 do
      local oldest = redis.call('LINDEX', key, ARGV[i + number] - hits)
      if oldest then wait = math.max(wait, oldest + ARGV[i + 2] - now) end
    end
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
for _, key in ipairs(KEYS) do
  for _ = 1, hits do redis.call('LPUSH', key, moment) end
  redis.call('LTRIM', key, 0, most - 1)
  redis.call('PEXPIRE', key, math.ceil(longest / 1000))
end
return {hits, 0, until_below(1, 1)}
"""


class HitLimit:
    """The rate limits of one action.

    - ``limits`` as in "60 per minute; 600 per hour"; raises ValueError for anything else.
    - ``purpose`` separates its counts from those of other limits.
    """

    def __init__(self, limits: str, queues: QueueClient, sealer: Sealer, purpose: str) -> None:
        spans = _read_spans(limits)
        self._counting = _list_arguments(spans, [span.busy + 1 for span in spans])
        self._looking = _list_arguments(spans, [span.soon_busy for span in spans])
        self._script = queues.redis.register_script(SCRIPT)
        self._local = LocalLog(spans)
        tightest = min(span.many for span in spans)
        self._leases = Leases(min(LARGEST_LEASE, max(1, tightest // 10)))
        self._sealer = sealer
        self._purpose = purpose
        self._digest = lru_cache(KEYS_REMEMBERED)(self._make_digest)
        self._away_until = 0.0

    def hit(self, key: Key) -> int:
        """Count one hit unless it exceeds a limit; return the seconds to wait, 0 when allowed."""
        return math.ceil(self.try_hit(key).wait)

    def try_hit(self, key: Key) -> Hit:
        """Count one hit unless it exceeds a limit; return the seconds to wait and to be busy.

        - Of several keys each is counted, or none; the longest wait of any is returned.
        """
        digest = self._digest(key)
        hit = self._unless_away(lambda: self._leases.hit(digest, self._ask))
        return self._local.hit(*digest.split()) if hit is None else hit

    def is_busy_soon(self, key: Key) -> bool:
        """Return whether the key, or one of them, may be busy at the next hits; counts nothing."""
        digest = self._digest(key)
        hit = self._unless_away(lambda: self._call(digest, 0, self._looking)[1])
        return (self._local.look(*digest.split()) if hit is None else hit).busy > 0

    def _unless_away(self, ask: Callable[[], Hit]) -> Hit | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            return ask()
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("limit.away", error=type(error).__name__)
            return None

    def _make_digest(self, key: Key) -> str:
        """Return the hashed keys separated by spaces, since a lease is for all of them."""
        keys = (key,) if isinstance(key, str) else key
        digests = (self._sealer.digest(one, self._purpose)[:KEY_BYTES].hex() for one in keys)
        return " ".join(digests)

    def _ask(self, digest: str, hits: int) -> tuple[int, Hit]:
        return self._call(digest, hits, self._counting)

    def _call(self, digest: str, hits: int, limits: Sequence[int]) -> tuple[int, Hit]:
        keys = [f"hundredth:limit:{one}" for one in digest.split()]
        found = self._script(keys=keys, args=[hits, *limits])
        logged, wait, busy = (int(number) for number in found)
        return logged, Hit(wait / 1_000_000, busy / 1_000_000)


def init_app(app: Flask, settings: Settings) -> None:
    """Create the app's limits; raises ConfigurationError where a setting cannot be parsed."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]

    def make_limit(limits: str, purpose: str, setting: str) -> HitLimit:
        try:
            return HitLimit(limits, queues, sealer, purpose)
        except ValueError:
            raise ConfigurationError(
                setting, 'cannot be read; write it like "60 per minute; 600 per hour"'
            ) from None

    app.extensions[EXTENSION] = make_limit(settings.sign_limit, "network", "PETITION_SIGN_LIMIT")
    # An address look-up uses a geocoder: as often as signing, but counted separately.
    app.extensions[LOOK_UPS] = HitLimit(settings.sign_limit, queues, sealer, "look-up")
    # The form sends a query once a ZIP is typed: many signers on one network must not use up their
    # look-ups with it.
    app.extensions[QUESTIONS] = HitLimit(settings.sign_limit, queues, sealer, "question")
    # Pictures of districts for link previews: drawing one takes some 50 ms of processor time.
    app.extensions[PREVIEWS] = HitLimit(settings.sign_limit, queues, sealer, "preview")
    domain_limit = settings.domain_limit or choose_domain_limit(settings.sign_limit)
    app.extensions[DOMAINS] = make_limit(domain_limit, "mail domain", "PETITION_DOMAIN_LIMIT")
    app.extensions[ADDRESSES] = HitLimit(ADDRESS_LIMIT, queues, sealer, "address")
    # For campaigns with limits of their own, by the text of the limit.
    app.extensions[CAMPAIGNS] = cache(
        lambda limits: HitLimit(limits, queues, sealer, f"campaign {limits}")
    )


def choose_domain_limit(sign_limit: str) -> str:
    """Return the default limit on signing from one small mail domain.

    - That of one network, but at least ``DOMAIN_LIMIT``.
    """
    spans, least = _read_spans(sign_limit), _read_spans(DOMAIN_LIMIT)
    wider = all(_count_let_in(spans, span.seconds) >= span.many for span in least)
    return sign_limit if wider else DOMAIN_LIMIT


def _count_let_in(spans: Sequence[Span], seconds: float) -> int:
    return min(span.many * math.ceil(seconds / span.seconds) for span in spans)


def _read_spans(limits: str) -> list[Span]:
    return [Span(limit.amount, limit.get_expiry()) for limit in parse_many(limits)]


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
    """Return the limit of the campaigns with this setting; its keys are campaign and network."""
    limit: HitLimit = current_app.extensions[CAMPAIGNS](limits)
    return limit


def get_domain_limit() -> HitLimit:
    """Return the current app's limit on signing by one small mail domain."""
    limit: HitLimit = current_app.extensions[DOMAINS]
    return limit


def get_look_up_limit() -> HitLimit:
    """Return the current app's limit on looking addresses up."""
    limit: HitLimit = current_app.extensions[LOOK_UPS]
    return limit


def get_question_limit() -> HitLimit:
    """Return the current app's limit on queries for the districts that a typed ZIP leaves open."""
    limit: HitLimit = current_app.extensions[QUESTIONS]
    return limit


def get_preview_limit() -> HitLimit:
    """Return the current app's limit on having a district's picture drawn."""
    limit: HitLimit = current_app.extensions[PREVIEWS]
    return limit


def get_address_limit() -> HitLimit:
    """Return the current app's limit on changing the address of one signature."""
    limit: HitLimit = current_app.extensions[ADDRESSES]
    return limit


@lru_cache(1024)
def find_networks(address: str | None) -> tuple[str, ...]:
    """Return the keys to count: an IPv4 address, or an IPv6 /64 with its /56 and its /48.

    - All requests without an address share one key.
    """
    found = read_address(address)
    if found is None or isinstance(found, IPv4Address):
        return (find_network(address),)
    return (find_network(address), *(name_network(found, prefix) for prefix in WIDER))


def find_network(address: str | None) -> str:
    """Return the narrowest network: an IPv4 address, an IPv6 /64, or UNKNOWN without an address."""
    found = read_address(address)
    if found is None:
        return UNKNOWN
    if isinstance(found, IPv4Address):
        return str(found)
    return name_network(found, HOUSEHOLD).partition("/")[0]
