"""Quotas of the API: so many requests in a window, with how many are left for its headers.

- Windows are fixed, since a client is told when the next one begins. Counted in Redis, or in this
  process while Redis is unavailable.
- A key is a keyed hash, so that no address is stored in Redis.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from flask import Flask, current_app
from limits import parse_many
from redis.exceptions import RedisError

from petition.core.errors import ConfigurationError
from petition.core.logs import get_logger
from petition.core.queues import AWAY_SECONDS, QueueClient
from petition.core.sealing import Sealer
from petition.core.settings import Settings

log = get_logger(__name__)
EXTENSION = "hundredth-api-quota"
SETTING = "PETITION_API_LIMIT"
KEY_BYTES = 16
# The most windows that a process counts by itself.
REMEMBERED = 10_000
SCRIPT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What is left of a quota: ``policy`` names it, ``seconds`` until its next window."""

    policy: str
    quota: int
    window: int
    used: int
    seconds: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.quota

    @property
    def left(self) -> int:
        """How many requests are left in this window."""
        return max(0, self.quota - self.used)


class Quota:
    """A quota such as "600 per minute" for each key; raises ValueError if it cannot be read."""

    def __init__(
        self,
        limit: str,
        queues: QueueClient,
        sealer: Sealer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        (parsed,) = parse_many(limit)
        self.quota, self.window = parsed.amount, int(parsed.get_expiry())
        self._script = queues.redis.register_script(SCRIPT)
        self._sealer = sealer
        self._clock = clock
        self._away_until = 0.0
        self._windows: dict[str, tuple[float, int]] = {}
        self._lock = Lock()

    def use(self, policy: str, key: str) -> QuotaUse:
        """Count one request of a key under a policy, ``token`` or ``network``."""
        digest = self._sealer.digest(key, f"api {policy}")[:KEY_BYTES].hex()
        used, seconds = self._count(digest)
        return QuotaUse(policy, self.quota, self.window, used, max(1, math.ceil(seconds)))

    def _count(self, digest: str) -> tuple[int, float]:
        if self._clock() >= self._away_until:
            try:
                found = self._script(keys=[f"hundredth:quota:{digest}"], args=[self.window * 1000])
                return int(found[0]), int(found[1]) / 1000
            except RedisError as error:
                self._away_until = self._clock() + AWAY_SECONDS
                log.warning("quota.away", error=type(error).__name__)
        return self._count_here(digest)

    def _count_here(self, digest: str) -> tuple[int, float]:
        now = self._clock()
        with self._lock:
            until, used = self._windows.pop(digest, (0.0, 0))
            if until <= now:
                until, used = now + self.window, 0
            self._windows[digest] = until, used + 1
            if len(self._windows) > REMEMBERED:
                del self._windows[next(iter(self._windows))]
        return used + 1, until - now


def init_quota(app: Flask, settings: Settings) -> None:
    """Create the app's quota; raises ConfigurationError if its setting cannot be read."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    try:
        app.extensions[EXTENSION] = Quota(settings.api_limit, queues, sealer)
    except ValueError:
        raise ConfigurationError(
            SETTING, 'cannot be read; write one limit like "600 per minute"'
        ) from None


def get_quota() -> Quota:
    """Return the current app's quota of the API."""
    quota: Quota = current_app.extensions[EXTENSION]
    return quota
