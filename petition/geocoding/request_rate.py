"""The request rate of a geocoder, shared by all processes, or local while Redis is unavailable."""

import time
from collections.abc import Callable

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from petition.core.errors import ConfigurationError, GeocoderRateLimited
from petition.geocoding.shared_state import Shared

# The shortest wait before the next check, in seconds: two clocks may differ by this.
SHORTEST_WAIT = 0.01


class Rate:
    """One geocoder's rate: no window of its length holds more requests.

    - ``limit`` as in "10 per second"; raises ConfigurationError for anything else.
    """

    def __init__(
        self,
        name: str,
        limit: str,
        shared: Shared,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            self._limit: RateLimitItem = parse(limit)
        except ValueError:
            raise ConfigurationError(
                "PETITION_GEOCODER_RATE", 'cannot be read; write it like "10 per second"'
            ) from None
        self._name = name
        self._shared = shared
        self._clock = clock
        self._sleep = sleep
        self._local = MovingWindowRateLimiter(MemoryStorage())
        if shared.redis is not None:
            pool = shared.redis.connection_pool
            storage = RedisStorage("redis://", connection_pool=pool, key_prefix="hundredth:rate")
            self._redis = MovingWindowRateLimiter(storage)

    def wait(self, until: float) -> None:
        """Return when the next request may be made, which is then counted.

        - Raises GeocoderRateLimited, at once, where that is after ``until`` on the clock.
        """
        while seconds := self._take():
            if self._clock() + seconds > until:
                raise GeocoderRateLimited(self._name)
            self._sleep(seconds)

    def _take(self) -> float:
        """Count a request and return 0, or return the seconds to wait for one."""
        wait = self._shared.ask(lambda redis: self._hit(self._redis))
        return self._hit(self._local) if wait is None else wait

    def _hit(self, limiter: MovingWindowRateLimiter) -> float:
        if limiter.hit(self._limit, self._name):
            return 0.0
        free_at = limiter.get_window_stats(self._limit, self._name).reset_time
        return max(SHORTEST_WAIT, free_at - time.time())
