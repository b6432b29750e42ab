"""How long a row waits before it is tried again: exponential back-off with a limit and jitter."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

_DOUBLINGS = 30  # enough for any limit; keeps the power a float that can be multiplied
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after each try, up to ``longest``.

    - ``least``: the share of the wait that jitter leaves. 0 is full jitter, anything between
      nothing and the whole wait, so that what one outage has stopped does not come back at once. 1
      is none.
    """

    longest: timedelta
    least: float = 0.0

    def choose_wait(self, tries: int, base_seconds: float) -> timedelta:
        """Return how long to wait after ``tries`` tries, of which there was at least one.

        - ``base_seconds``: the whole wait after the first.
        """
        doublings = min(max(tries, 1) - 1, _DOUBLINGS)
        ceiling = min(base_seconds * 2.0**doublings, self.longest.total_seconds())
        return timedelta(seconds=ceiling * _random.uniform(self.least, 1.0))
