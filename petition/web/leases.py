"""Leases: hits that one key may make without asking again, for whoever comes in a rush.

- The first hit of a key asks for one. If the next comes before the lease is out, it asks for two,
  then four: a signer is counted one by one, a flood costs hardly a question.
- What is leased is counted at once, so the limit is never passed; what is left of a lease when it
  is out is lost to its key.
- Who was refused is refused without a question for as long as a lease lasts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

LEASE_SECONDS = 1.0
REMEMBERED = 20_000

# Asked for so many hits of a key, answers how many are counted and the seconds to wait if none is.
Ask = Callable[[str, int], tuple[int, float]]


@dataclass(slots=True)
class _Lease:
    size: int
    left: int
    until: float
    closed_until: float = 0.0


class Leases:
    """The leases that a process holds; ``largest`` is the most hits of one."""

    def __init__(self, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._largest = largest
        self._clock = clock
        self._held: dict[str, _Lease] = {}
        self._lock = Lock()

    def hit(self, key: str, ask: Ask) -> float:
        """Make one hit; return the seconds to wait, 0 when let in. What ``ask`` raises goes up."""
        now = self._clock()
        with self._lock:
            lease = self._held.get(key)
            if lease is not None and lease.until <= now:
                lease = None
            if lease is not None and lease.left > 0:
                lease.left -= 1
                return 0.0
            if lease is not None and lease.closed_until > now:
                return lease.closed_until - now
            wanted = min(self._largest, max(1, lease.size * 2)) if lease is not None else 1
        counted, wait = ask(key, wanted)
        now = self._clock()
        with self._lock:
            left = max(0, counted - 1)
            self._keep(key, _Lease(counted, left, now + LEASE_SECONDS, now + wait), now)
        return 0.0 if counted else wait

    def _keep(self, key: str, lease: _Lease, now: float) -> None:
        # Two threads may have asked at once: neither's hits are lost.
        other = self._held.pop(key, None)
        if other is not None and other.until > now:
            lease.left += other.left
        self._held[key] = lease
        if len(self._held) > REMEMBERED:
            del self._held[next(iter(self._held))]
