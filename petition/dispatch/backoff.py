"""Exponential back-off with a limit and jitter: the wait before the next attempt."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

_DOUBLINGS = 30  # enough for any limit; keeps the power a float that can be multiplied
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """A wait that doubles with each attempt, up to ``longest``.

    - ``least``: the share of the wait, 0 to 1, that jitter never removes. 0 is full jitter, which
      spreads the retries of rows that failed in the same outage; 1 is no jitter.
    """

    longest: timedelta
    least: float = 0.0

    def choose_wait(self, tries: int, base_seconds: float) -> timedelta:
        """Return how long to wait after ``tries`` attempts, at least one.

        - ``base_seconds``: the wait after the first attempt, before jitter.
        """
        doublings = min(max(tries, 1) - 1, _DOUBLINGS)
        ceiling = min(base_seconds * 2.0**doublings, self.longest.total_seconds())
        return timedelta(seconds=ceiling * _random.uniform(self.least, 1.0))
