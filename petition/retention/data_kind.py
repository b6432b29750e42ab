"""Kind: one sort of data that is kept for a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from petition.core.retention_limits import KeepLimits


@dataclass(frozen=True, slots=True)
class PastData:
    """How many rows, files or lines are past their time, and the moment of the oldest."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DataKind:
    """One sort of data, ``name`` as of its limit (petition/core/retention_limits.py).

    - ``look`` returns what is past at a moment. It reads, and nothing else.
    - ``erase`` erases up to so many that are past at a moment and returns how many it did; 0 when
      nothing is left. Each batch is whole or not at all.
    """

    name: str
    what: str
    look: Callable[[datetime], PastData]
    erase: Callable[[datetime, int], int]

    @property
    def setting(self) -> str:
        """The setting that says for how many days it is kept."""
        return f"PETITION_KEEP_{self.name.upper()}_DAYS"

    def read_days(self, limits: KeepLimits) -> int | None:
        """Return for how many days it is kept; None: for ever."""
        days: int | None = getattr(limits, self.name)
        return days
