"""DataKind: one kind of data with a retention period."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from petition.core.retention_limits import KeepLimits


@dataclass(frozen=True, slots=True)
class PastData:
    """How many rows, files or lines are past their period, and the time of the oldest."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DataKind:
    """One kind of data; ``name`` is that of its limit (petition/core/retention_limits.py).

    - ``of_campaigns``: ``look`` and ``erase`` spare what belongs to a campaign under a legal hold
      (LegalHold.spares). False for data of which no campaign is known: all of it is kept while any
      campaign is held.
    - ``look`` counts the data older than a time, without changing anything.
    - ``erase`` erases at most so many items older than a time and returns how many; 0 when none is
      left. Each batch is atomic.
    """

    name: str
    what: str
    look: Callable[[datetime], PastData]
    erase: Callable[[datetime, int], int]
    of_campaigns: bool = True

    @property
    def setting(self) -> str:
        """The setting for the number of days it is kept."""
        return f"PETITION_KEEP_{self.name.upper()}_DAYS"

    def read_days(self, limits: KeepLimits) -> int | None:
        """Return the number of days it is kept; None: without limit."""
        days: int | None = getattr(limits, self.name)
        return days
