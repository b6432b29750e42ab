"""How often something may be done from one network, or by the mailboxes of one small domain.

- Counted in Redis, and here while it is away.

- A log of the last moments is kept for each key, so that no span of the limit's length ever holds
  more than the limit, and one round trip answers for "60 per minute; 600 per hour" together.
- A hit may have several keys: an IPv6 address counts for its /64, /56 and /48 at once, since
  whoever has one of the latter has 65,536 of the former. All must have room, or none is hit.
- Whoever comes in a rush is counted several at a time: see leases.py.
- A hit also tells whether its key is *busy*, which is to have used more than a third of a limit: of
  such a network a proof of work may be asked (form_signals.py).
- A key is hashed with the operator's key, so that no address lies in Redis.
- A stopped Redis neither blocks anyone nor opens the gate: each process then counts by itself.
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

# The least that one small mail domain may send where the operator sets nothing: a university whose
# every mailbox is there signs some fifteen times a minute on its best evening.
DOMAIN_LIMIT = "60 per minute; 600 per hour"
HOUSEHOLD = 64  # the prefix of an IPv6 network of one household
WIDER = (56, 48)  # what a household or a company may be given of those (RFC 6177)
UNKNOWN = "unknown"
KEY_BYTES = 16
KEYS_REMEMBERED = 4_000
EXTENSION = "hundredth-sign-limit"
LOOK_UPS = "hundredth-look-up-limit"
QUESTIONS = "hundredth-question-limit"
DOMAINS = "hundredth-domain-limit"
CAMPAIGNS = "hundredth-campaign-limits"
ADDRESSES = "hundredth-address-limit"
# How often the address of one signature may be given: enough for slips, and nobody moves so often.
ADDRESS_LIMIT = "10 per day"
# The most hits that are counted at once: a tenth of the tightest limit, and never more than this.
LARGEST_LEASE = 50

# What is counted: one name, or several that are hit together.
Key = str | tuple[str, ...]

# KEYS: the logs. ARGV: how many hits are asked for (0 only looks), then for each limit how many are
# allowed, how many make a key busy, and in how many microseconds. Returns how many hits were logged
# in each (fewer where one has no room for all), the microseconds to wait where none was, and those
# until none of the keys is busy any more.
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
    """Limits on one kind of thing.

    - ``limits`` as in "60 per minute; 600 per hour"; raises ValueError for anything else.
    - ``purpose`` keeps its counts apart from those of other limits.
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
        """Count one hit unless it is one too many; return the seconds to wait, 0 when let in."""
        return math.ceil(self.try_hit(key).wait)

    def try_hit(self, key: Key) -> Hit:
        """Count one hit unless it is one too many, and tell of both ways to be over.

        - Of several keys each is hit, or none; the longest wait of any is told.
        """
        digest = self._digest(key)
        hit = self._unless_away(lambda: self._leases.hit(digest, self._ask))
        return self._local.hit(*digest.split()) if hit is None else hit

    def is_busy_soon(self, key: Key) -> bool:
        """Return whether the next hits may find the key, or one of them, busy; counts nothing."""
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
        """The keys as they are counted, with blanks between them: a lease is for all of them."""
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
    """Give the app its limits on signing; raises ConfigurationError where one cannot be read."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]

    def make_limit(limits: str, purpose: str, setting: str) -> HitLimit:
        try:
            return HitLimit(limits, queues, sealer, purpose)
        except ValueError:
            raise ConfigurationError(
                setting, 'cannot be read; write it like "60 per minute; 600 per hour"'
            ) from None

    app.extensions[EXTENSION] = make_limit(settings.sign_limit, "network", "PETITION_SIGN_LIMIT")
    # Looking an address up costs a geocoder's time: as often as signing, and counted apart.
    app.extensions[LOOK_UPS] = HitLimit(settings.sign_limit, queues, sealer, "look-up")
    # The form asks once a ZIP is typed: a hall full of people must not use up their look-ups.
    app.extensions[QUESTIONS] = HitLimit(settings.sign_limit, queues, sealer, "question")
    domain_limit = settings.domain_limit or choose_domain_limit(settings.sign_limit)
    app.extensions[DOMAINS] = make_limit(domain_limit, "mail domain", "PETITION_DOMAIN_LIMIT")
    app.extensions[ADDRESSES] = HitLimit(ADDRESS_LIMIT, queues, sealer, "address")
    # Of campaigns with limits of their own, by the words of the limit.
    app.extensions[CAMPAIGNS] = cache(
        lambda limits: HitLimit(limits, queues, sealer, f"campaign {limits}")
    )


def choose_domain_limit(sign_limit: str) -> str:
    """Return how many may sign from one small mail domain where no setting says so.

    - As many as from one network, and not fewer than ``DOMAIN_LIMIT``.
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
    """Return the limit of the campaigns that set it so; its keys name campaign and network."""
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
    """Return the current app's limit on asking what a ZIP that is typed leaves open."""
    limit: HitLimit = current_app.extensions[QUESTIONS]
    return limit


def get_address_limit() -> HitLimit:
    """Return the current app's limit on giving the address of one signature."""
    limit: HitLimit = current_app.extensions[ADDRESSES]
    return limit


@lru_cache(1024)
def find_networks(address: str | None) -> tuple[str, ...]:
    """Return what is limited together: an IPv4 address, or an IPv6 /64 with its /56 and its /48.

    - What has no address is one network.
    """
    found = read_address(address)
    if found is None or isinstance(found, IPv4Address):
        return (find_network(address),)
    return (find_network(address), *(name_network(found, prefix) for prefix in WIDER))


def find_network(address: str | None) -> str:
    """Return the narrowest of the networks: an IPv4 address, an IPv6 /64, or nothing known."""
    found = read_address(address)
    if found is None:
        return UNKNOWN
    if isinstance(found, IPv4Address):
        return str(found)
    return name_network(found, HOUSEHOLD).partition("/")[0]
