"""The log of hits in this process's memory, used while Redis is unavailable."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import NamedTuple

from petition.web.ratelimit.leases import Hit

# The most keys that a process keeps; beyond that the least recently used are dropped.
REMEMBERED = 20_000


class Span(NamedTuple):
    """A limit of ``many`` hits in ``seconds``."""

    many: int
    seconds: float

    @property
    def busy(self) -> int:
        """The number of hits above which a key is busy: a third of the limit."""
        return max(1, self.many // 3)

    @property
    def soon_busy(self) -> int:
        """The number of hits from which a key is likely to be busy at its next hit: a quarter."""
        return max(1, self.many // 4)


class LocalLog:
    """The same sliding log as in Redis, for one process; ``clock`` returns monotonic seconds."""

    def __init__(self, spans: Sequence[Span], clock: Callable[[], float] = time.monotonic) -> None:
        self._spans = spans
        self._clock = clock
        self._most = max(span.many for span in spans)
        self._logs: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, *keys: str) -> Hit:
        """Log one hit for each key, unless it exceeds a limit of any."""
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
        """Return how long any of the keys is near busy, as ``busy``; logs nothing."""
        now = self._clock()
        with self._lock:
            logs = [self._logs.get(key) or deque() for key in keys]
            soon = [span.soon_busy for span in self._spans]
            return Hit(0.0, max(self._until_below(moments, now, soon) for moments in logs))

    def _take_log(self, key: str) -> deque[float]:
        # Removed and inserted again, so that the first key is the least recently used.
        moments = self._logs.pop(key, None) or deque(maxlen=self._most)
        self._logs[key] = moments
        if len(self._logs) > REMEMBERED:
            del self._logs[next(iter(self._logs))]
        return moments

    def _until_below(self, moments: deque[float], now: float, numbers: Iterable[int]) -> float:
        """Return the seconds until each span contains fewer hits than its number."""
        waits = (
            moments[-number] + span.seconds - now
            for span, number in zip(self._spans, numbers, strict=True)
            if len(moments) >= number
        )
        return max(0.0, max(waits, default=0.0))
