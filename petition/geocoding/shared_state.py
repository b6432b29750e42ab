"""State about geocoders that the processes of a service share in Redis while it is available."""

import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from petition.core.queues import AWAY_SECONDS

T = TypeVar("T")


class Shared:
    """Redis for callers that can work without it.

    - ``redis`` None: always unavailable.
    - After a failure it is not tried for AWAY_SECONDS, so that a batch does not wait once per
      address.
    - A worker forks for each job, so state in its memory is lost with the job.
    """

    def __init__(self, redis: Redis | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.redis = redis
        self._clock = clock
        self._away_until = float("-inf")

    def ask(self, work: Callable[[Redis], T]) -> T | None:
        """Return the result of ``work``; None, without an error, while Redis is unavailable."""
        if self.redis is None or self._clock() < self._away_until:
            return None
        try:
            return work(self.redis)
        except RedisError:
            self._away_until = self._clock() + AWAY_SECONDS
            return None
