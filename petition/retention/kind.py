"""Kind: one sort of data that is kept for a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from petition.keep_limits import KeepLimits


@dataclass(frozen=True, slots=True)
class Past:
    """How many rows, files or lines are past their time, and the moment of the oldest."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of data.

    - ``setting`` says for how many days it is kept, ``days`` reads it; None: for ever.
    - ``look`` returns what is past at a moment. It reads, and nothing else.
    - ``erase`` erases up to so many that are past at a moment and returns how many it did; 0 when
      nothing is left. Each batch is whole or not at all.
    """

    name: str
    setting: str
    what: str
    days: Callable[[KeepLimits], int | None]
    look: Callable[[datetime], Past]
    erase: Callable[[datetime, int], int]
