"""What the processes of a service keep together about geocoders, in Redis, while it is there."""

import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from petition.core.queues import AWAY_SECONDS

T = TypeVar("T")


class Shared:
    """Redis for those who can do without it.

    - ``redis`` None is one that is always away.
    - After it failed it is left alone for a while: nobody waits for it with each address.
    - A worker forks for each job, so what only its memory holds is soon forgotten.
    """

    def __init__(self, redis: Redis | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.redis = redis
        self._clock = clock
        self._away_until = float("-inf")

    def ask(self, work: Callable[[Redis], T]) -> T | None:
        """Return what ``work`` makes of Redis; None, silently, while it is away."""
        if self.redis is None or self._clock() < self._away_until:
            return None
        try:
            return work(self.redis)
        except RedisError:
            self._away_until = self._clock() + AWAY_SECONDS
            return None
