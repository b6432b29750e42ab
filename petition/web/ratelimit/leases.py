"""Leases: batches of hits of one key that are counted in Redis with one call, for bursts.

- The first hit of a key leases one hit. If the next comes before the lease expires, two are leased,
  then four: a signer costs one call a hit, a flood hardly any.
- Leased hits are counted at once, so the limit is never exceeded; hits that are left when a lease
  expires are lost to its key.
- A key that was refused is refused without a call for as long as a lease lasts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

LEASE_SECONDS = 1.0
REMEMBERED = 20_000


class Hit(NamedTuple):
    """The result of one hit, in seconds.

    - ``wait``: until it would be allowed; 0 when it was.
    - ``busy``: until its key has used at most a third of its limit; 0 when it has already.
    """

    wait: float
    busy: float = 0.0


# Takes a key and a number of hits; returns how many were counted, and the result of the first.
Ask = Callable[[str, int], tuple[int, Hit]]


@dataclass(slots=True)
class _Lease:
    size: int
    left: int
    until: float
    closed_until: float = 0.0
    busy_until: float = 0.0


class Leases:
    """The leases of one process; ``largest`` is the largest number of hits of one lease."""

    def __init__(self, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._largest = largest
        self._clock = clock
        self._held: dict[str, _Lease] = {}
        self._lock = Lock()

    def hit(self, key: str, ask: Ask) -> Hit:
        """Make one hit; exceptions of ``ask`` are propagated."""
        now = self._clock()
        with self._lock:
            lease = self._held.get(key)
            if lease is not None and lease.until <= now:
                lease = None
            if lease is not None and (lease.left > 0 or lease.closed_until > now):
                wait = 0.0 if lease.left > 0 else lease.closed_until - now
                lease.left = max(0, lease.left - 1)
                return Hit(wait, max(0.0, lease.busy_until - now))
            wanted = min(self._largest, max(1, lease.size * 2)) if lease is not None else 1
        counted, hit = ask(key, wanted)
        now = self._clock()
        with self._lock:
            left = max(0, counted - 1)
            until = now + LEASE_SECONDS
            self._keep(key, _Lease(counted, left, until, now + hit.wait, now + hit.busy), now)
        return hit

    def _keep(self, key: str, lease: _Lease, now: float) -> None:
        # Two threads may have called at once, and the later result may come first: the hits of both
        # are kept, and the later of each ``busy`` and ``wait``.
        other = self._held.pop(key, None)
        if other is not None and other.until > now:
            lease.left += other.left
            lease.busy_until = max(lease.busy_until, other.busy_until)
            lease.closed_until = max(lease.closed_until, other.closed_until)
        self._held[key] = lease
        if len(self._held) > REMEMBERED:
            del self._held[next(iter(self._held))]
