"""A circuit breaker: stop asking a geocoder for a while after several failures in a row.

- Closed: it is asked. After FAILURES in a row the breaker opens.
- Open: calls fail at once with "unavailable" for REST_SECONDS.
- Half open: then one request is let through, and the others wait for its result: an answer closes
  the breaker, a failure opens it again.

The processes of a service share one breaker through Redis; each uses its own while Redis is
unavailable.
"""

import time
from collections.abc import Callable

from redis import Redis

from petition.core.errors import GeocoderUnavailable
from petition.core.logs import get_logger
from petition.geocoding.shared_state import Shared

log = get_logger(__name__)

FAILURES = 5
REST_SECONDS = 60.0
# The longest Retry-After that is accepted: a provider may say days, until its quota resets.
LONGEST_REST_SECONDS = 600.0
# Failures farther apart than this are not in a row, even with few answers between them.
IN_A_ROW_SECONDS = 900


class Breaker:
    """The breaker of one geocoder; ``clock`` is monotonic, in seconds."""

    def __init__(
        self, name: str, shared: Shared, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._shared = shared
        self._clock = clock
        self._failures = 0
        self._open_until = float("-inf")
        self._failing_key = f"hundredth:geocoder:{name}:failing"
        self._open_key = f"hundredth:geocoder:{name}:resting"

    def enter(self) -> None:
        """Let a request through; raises GeocoderUnavailable while the breaker is open."""
        open_in_redis = self._shared.ask(self._is_open_in_redis)
        if self._is_open_locally() if open_in_redis is None else open_in_redis:
            raise GeocoderUnavailable(self._name)

    def succeed(self) -> None:
        """Close after an answer."""
        if self._failures:
            self._failures, self._open_until = 0, float("-inf")
            self._shared.ask(lambda redis: redis.delete(self._failing_key, self._open_key))

    def fail(self) -> None:
        """Count a failure, and open after the last of several in a row."""
        self._failures += 1
        self._failures = self._shared.ask(self._count_in_redis) or self._failures
        if self._failures >= FAILURES:
            self.rest(REST_SECONDS)

    def rest(self, seconds: float | None) -> None:
        """Open for this many seconds, as the provider asked; None: REST_SECONDS."""
        wait = min(max(REST_SECONDS if seconds is None else seconds, 1.0), LONGEST_REST_SECONDS)
        self._open_until = self._clock() + wait
        self._shared.ask(lambda redis: redis.set(self._open_key, b"1", px=int(wait * 1000)))
        log.warning("geocoder.rests", geocoder=self._name, seconds=round(wait))

    def _is_open_in_redis(self, redis: Redis) -> bool:
        failing, resting = redis.mget(self._failing_key, self._open_key)
        self._failures = int(failing or 0)
        if resting is not None or self._failures < FAILURES:
            return resting is not None
        # The first process to renew the key is the one whose request is let through.
        return not redis.set(self._open_key, b"1", nx=True, px=int(REST_SECONDS * 1000))

    def _is_open_locally(self) -> bool:
        now = self._clock()
        if now < self._open_until or self._failures < FAILURES:
            return now < self._open_until
        self._open_until = now + REST_SECONDS
        return False

    def _count_in_redis(self, redis: Redis) -> int:
        pipeline = redis.pipeline()
        pipeline.incr(self._failing_key)
        pipeline.expire(self._failing_key, IN_A_ROW_SECONDS)
        return int(pipeline.execute()[0])
