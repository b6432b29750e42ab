"""Leaves a geocoder alone for a while after it failed several times in a row.

- Closed: it is asked. After FAILURES in a row the breaker opens.
- Open: it is unavailable, at once and unasked, for REST_SECONDS.
- Half open: then one request is let through, and the others wait for what becomes of it: an answer
  closes the breaker, a failure opens it again.

The processes of a service share one breaker through Redis, and each has its own while that is away.
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
# A "wait for so long" is believed up to this: a provider may say days, and mean its own day.
LONGEST_REST_SECONDS = 600.0
# Failures that lie farther apart than this are not in a row, however few answers came between.
IN_A_ROW_SECONDS = 900


class Breaker:
    """The breaker of one geocoder; ``clock`` gives seconds that only go up."""

    def __init__(
        self, name: str, shared: Shared, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._shared = shared
        self._clock = clock
        self._failures = 0
        self._rests_until = float("-inf")
        self._failing_key = f"hundredth:geocoder:{name}:failing"
        self._resting_key = f"hundredth:geocoder:{name}:resting"

    def enter(self) -> None:
        """Let a request through; raises GeocoderUnavailable while the geocoder is left alone."""
        open_there = self._shared.ask(self._is_open_there)
        if self._is_open_here() if open_there is None else open_there:
            raise GeocoderUnavailable(self._name)

    def succeed(self) -> None:
        """Close: it answered."""
        if self._failures:
            self._failures, self._rests_until = 0, float("-inf")
            self._shared.ask(lambda redis: redis.delete(self._failing_key, self._resting_key))

    def fail(self) -> None:
        """Count a failure, and open after the last of several in a row."""
        self._failures += 1
        self._failures = self._shared.ask(self._count_there) or self._failures
        if self._failures >= FAILURES:
            self.rest(REST_SECONDS)

    def rest(self, seconds: float | None) -> None:
        """Leave it alone for so long, as it asked for; None is the usual rest."""
        wait = min(max(REST_SECONDS if seconds is None else seconds, 1.0), LONGEST_REST_SECONDS)
        self._rests_until = self._clock() + wait
        self._shared.ask(lambda redis: redis.set(self._resting_key, b"1", px=int(wait * 1000)))
        log.warning("geocoder.rests", geocoder=self._name, seconds=round(wait))

    def _is_open_there(self, redis: Redis) -> bool:
        failing, resting = redis.mget(self._failing_key, self._resting_key)
        self._failures = int(failing or 0)
        if resting is not None or self._failures < FAILURES:
            return resting is not None
        # The first to take the rest again is the one that is let through.
        return not redis.set(self._resting_key, b"1", nx=True, px=int(REST_SECONDS * 1000))

    def _is_open_here(self) -> bool:
        now = self._clock()
        if now < self._rests_until or self._failures < FAILURES:
            return now < self._rests_until
        self._rests_until = now + REST_SECONDS
        return False

    def _count_there(self, redis: Redis) -> int:
        pipeline = redis.pipeline()
        pipeline.incr(self._failing_key)
        pipeline.expire(self._failing_key, IN_A_ROW_SECONDS)
        return int(pipeline.execute()[0])
