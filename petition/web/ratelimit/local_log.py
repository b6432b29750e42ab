"""The log of hits in this process's memory, for while Redis is away."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import NamedTuple

from petition.web.ratelimit.leases import Hit

# Keys that a process counts by itself; beyond that the longest unused are let go.
REMEMBERED = 20_000


class Span(NamedTuple):
    """So many hits in so many seconds."""

    many: int
    seconds: float

    @property
    def busy(self) -> int:
        """How many may be used before a key is busy."""
        return max(1, self.many // 3)

    @property
    def soon_busy(self) -> int:
        """How many make it likely that a key will be busy by the time it hits again."""
        return max(1, self.many // 4)


class LocalLog:
    """What Redis would log, by one process; ``clock`` gives seconds that only go up."""

    def __init__(self, spans: Sequence[Span], clock: Callable[[], float] = time.monotonic) -> None:
        self._spans = spans
        self._clock = clock
        self._most = max(span.many for span in spans)
        self._logs: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, *keys: str) -> Hit:
        """Log one hit with each key, unless it is one too many for any."""
        now = self._clock()
        with self._lock:
            logs = [self._take_log(key) for key in keys]
            most = [span.many for span in self._spans]
            wait = max(self._until_below(moments, now, most) for moments in logs)
            if wait <= 0:
                for moments in logs:
                    moments.append(now)
            busy = [span.busy + 1 for span in self._spans]
            return Hit(wait, max(self._until_below(moments, now, busy) for moments in logs))

    def look(self, *keys: str) -> Hit:
        """Tell whether any of the keys will soon be busy; logs nothing."""
        now = self._clock()
        with self._lock:
            logs = [self._logs.get(key) or deque() for key in keys]
            soon = [span.soon_busy for span in self._spans]
            return Hit(0.0, max(self._until_below(moments, now, soon) for moments in logs))

    def _take_log(self, key: str) -> deque[float]:
        # Taken out and put in again, so that the first key is the longest unused.
        moments = self._logs.pop(key, None) or deque(maxlen=self._most)
        self._logs[key] = moments
        if len(self._logs) > REMEMBERED:
            del self._logs[next(iter(self._logs))]
        return moments

    def _until_below(self, moments: deque[float], now: float, numbers: Iterable[int]) -> float:
        """Return the seconds until fewer than its number of hits lie within each span."""
        waits = (
            moments[-number] + span.seconds - now
            for span, number in zip(self._spans, numbers, strict=True)
            if len(moments) >= number
        )
        return max(0.0, max(waits, default=0.0))
