"""Whose turn it is in a worker of several queues: of those with work, who has had the least time.

Without it a backlog of mails to signers keeps letters waiting, or the other way round. A job gives
way by itself: it goes on with a backlog for TURN_SECONDS, then wakes its stage anew.
"""

from collections.abc import Sequence
from time import monotonic

# For how long a job goes on with a backlog: many times what its fork costs, and a fraction of what
# RQ lets a job take (petition/core/queues.py) or of what a letter may wait.
TURN_SECONDS = 5.0


class Turn:
    """The time that one job may go on with a backlog, from now."""

    def __init__(self) -> None:
        self._ends = monotonic() + TURN_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the job should let others work."""
        return monotonic() >= self._ends


class Shares:
    """The seconds that each queue of one worker has had.

    - A queue that had nothing to do saves nothing up: it comes next, and no more than that.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._spent = dict.fromkeys(names, 0.0)

    def order(self) -> list[str]:
        """Return the names, who has had the least first; equals as they were given."""
        return sorted(self._spent, key=lambda name: self._spent[name])

    def begin(self, name: str) -> None:
        """Note that a job of ``name`` was found: those before it in the order had none."""
        for other in self.order():
            if other == name:
                return
            self._spent[other] = self._spent[name]

    def end(self, name: str, seconds: float) -> None:
        """Note how long the job took."""
        self._spent[name] += seconds
