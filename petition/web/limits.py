"""How many signatures one network may send: counted in Redis, and here while Redis is away.

- A network is an IPv4 address or an IPv6 /64, which is what one household gets. Its key is hashed
  with the operator's key, so that no address lies in Redis.
- A stopped Redis neither blocks signing nor opens it: each process then counts by itself.
- A sliding window, so that no more than the limit passes in any such span of time.
"""

import time
from ipaddress import ip_address, ip_network

from flask import Flask, current_app
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from petition.logs import get_logger
from petition.queues import AWAY_SECONDS, QueueClient
from petition.sealing import Sealer
from petition.settings import Settings

log = get_logger(__name__)

IPV6_PREFIX = 64
KEY_BYTES = 16
EXTENSION = "hundredth-sign-limit"


class NetworkLimit:
    """The limits of one app.

    - ``limits`` as in "60 per minute; 600 per hour".
    """

    def __init__(self, limits: str, queues: QueueClient, redis_url: str, sealer: Sealer) -> None:
        pool = queues.redis.connection_pool
        shared = RedisStorage(
            redis_url.replace("unix://", "redis+unix://", 1),
            connection_pool=pool,
            key_prefix="hundredth:limit",
            wrap_exceptions=True,
        )
        self._limits = parse_many(limits)
        self._shared: RateLimiter = SlidingWindowCounterRateLimiter(shared)
        self._local: RateLimiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._sealer = sealer
        self._away_until = 0.0

    def hit(self, address: str | None) -> int:
        """Count one request of the address's network; return the seconds to wait, 0 for none."""
        key = self._hash(address)
        if time.monotonic() >= self._away_until:
            try:
                return self._ask(self._shared, key)
            except StorageError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("limit.away", error=type(error.storage_error).__name__)
        return self._ask(self._local, key)

    def _ask(self, limiter: RateLimiter, key: str) -> int:
        for limit in self._limits:
            if not limiter.hit(limit, key):
                return _count_seconds(limiter, limit, key)
        return 0

    def _hash(self, address: str | None) -> str:
        return self._sealer.digest(find_network(address), "network")[:KEY_BYTES].hex()


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its limits."""
    app.extensions[EXTENSION] = NetworkLimit(
        settings.sign_limit,
        app.extensions["hundredth-queues"],
        settings.redis_url,
        app.extensions["hundredth-sealer"],
    )


def get_limit() -> NetworkLimit:
    """Return the limits of the current app."""
    limit: NetworkLimit = current_app.extensions[EXTENSION]
    return limit


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


def _count_seconds(limiter: RateLimiter, limit: RateLimitItem, key: str) -> int:
    reset = limiter.get_window_stats(limit, key).reset_time
    return max(1, round(reset - time.time()))
