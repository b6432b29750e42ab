"""Fair scheduling of a worker's queues: of those with work, the one that has used the least time.

Without it a backlog of mails to signers would delay letters, or the other way round. A job yields
by itself: it works on a backlog for TURN_SECONDS, then enqueues its stage again.
"""

from collections.abc import Sequence
from time import monotonic

# How long a job works on a backlog: many times the cost of its fork, and a fraction of RQ's
# time-out for jobs (petition/core/queues.py) and of the acceptable delay of a letter.
TURN_SECONDS = 5.0


class Turn:
    """The time that one job may work on a backlog, starting now."""

    def __init__(self) -> None:
        self._ends = monotonic() + TURN_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the job should yield to other queues."""
        return monotonic() >= self._ends


class Shares:
    """The seconds that each queue of one worker has used.

    - An idle queue accumulates no credit: when it has work it comes next, but only once.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._spent = dict.fromkeys(names, 0.0)

    def order(self) -> list[str]:
        """Return the names by time used, the least first; ties in the given order."""
        return sorted(self._spent, key=lambda name: self._spent[name])

    def begin(self, name: str) -> None:
        """Record that a job of ``name`` was found: the queues before it in the order were empty."""
        for other in self.order():
            if other == name:
                return
            self._spent[other] = self._spent[name]

    def end(self, name: str, seconds: float) -> None:
        """Add the seconds that a job of ``name`` took."""
        self._spent[name] += seconds
