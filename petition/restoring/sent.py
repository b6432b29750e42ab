"""The letters that files of hand-overs tell of, and what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from petition.handovers import Ending, Handover, LetterFacts, Line
from petition.models import DeliveryState


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was handed over since, and how that ended.

    - ``state``: ``accepted``, or ``unknown`` where no ending was written down.
    """

    at: datetime
    name: str
    attempt: int
    state: DeliveryState
    facts: LetterFacts


# How a try ended, and what that makes of the delivery: the surest first.
_BEST_FIRST = (("accepted", DeliveryState.ACCEPTED), (None, DeliveryState.UNKNOWN))


@dataclass(slots=True)
class Report:
    """What a replay found.

    - ``settled``: deliveries of hundreds that the backup knew. ``raised``: hundreds that it did not
      know. ``known``: letters of which nothing was left to do. ``away``: people whom such letters
      name and who are not in the count of this backup.
    - ``unsure``: what cannot be known from the files, a sentence each.
    """

    settled: int = 0
    raised: int = 0
    known: int = 0
    away: int = 0
    damaged: int = 0
    unsure: list[str] = field(default_factory=list)


def join_lines(lines: Iterable[Line | None], report: Report) -> list[Sent]:
    """Return the letters that went: of each the try that was taken, else the last without an end.

    - One whose every try was refused did not go, and stays as the backup has it.
    """
    tries: dict[str, list[Handover]] = {}
    endings: dict[tuple[str, int], str] = {}
    for line in lines:
        if line is None:
            report.damaged += 1
        elif isinstance(line, Ending):
            endings[line.name, line.attempt] = line.outcome
        else:
            tries.setdefault(line.name, []).append(line)
    return [sent for found in tries.values() if (sent := _choose(found, endings)) is not None]


def _choose(tries: list[Handover], endings: dict[tuple[str, int], str]) -> Sent | None:
    for outcome, state in _BEST_FIRST:
        found = [line for line in tries if endings.get((line.name, line.attempt)) == outcome]
        if found:
            line = max(found, key=lambda one: one.attempt)
            return Sent(line.at, line.name, line.attempt, state, line.letter)
    return None
