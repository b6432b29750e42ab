"""The letters and mails that files of hand-overs tell of, and what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from petition.journals.handovers import (
    ACCEPTED,
    REFUSED,
    Ending,
    Handover,
    LetterFacts,
    Line,
    MailHandover,
    MailName,
)
from petition.models import DeliveryState


@dataclass(frozen=True, slots=True)
class SentHandover:
    """A letter that was handed over since, and how that ended.

    - ``state``: ``accepted``, or ``unknown`` where no ending was written down.
    """

    at: datetime
    name: str
    attempt: int
    state: DeliveryState
    facts: LetterFacts


# How a try ended, and what that makes of the delivery: the surest first.
_BEST_FIRST = ((ACCEPTED, DeliveryState.ACCEPTED), (None, DeliveryState.UNKNOWN))


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail to a signer that was handed over, by the last try that was not refused.

    - ``is_sure``: that it was taken is written down.
    """

    at: datetime
    name: MailName
    attempt: int
    is_sure: bool


@dataclass(slots=True)
class RestoreReport:
    """What a replay found.

    - ``settled``: deliveries of hundreds that the backup knew. ``raised``: hundreds that it did not
      know. ``known``: letters of which nothing was left to do. ``away``: times that such a letter
      names somebody whose signature is not in this backup.
    - ``mails``: those to signers that are taken as sent now. ``mails_known``: of which nothing was
      left to do. ``mails_away``: of signatures that are not in this backup.
    - ``unsure``: what cannot be known from the files, a sentence each.
    """

    settled: int = 0
    raised: int = 0
    known: int = 0
    away: int = 0
    damaged: int = 0
    mails: int = 0
    mails_known: int = 0
    mails_away: int = 0
    unsure: list[str] = field(default_factory=list)


def join_lines(lines: Iterable[Line | None], report: RestoreReport) -> list[SentHandover]:
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
        elif isinstance(line, Handover):
            endings.pop((line.name, line.attempt), None)  # of a try before an earlier restore
            tries.setdefault(line.name, []).append(line)
    return [sent for found in tries.values() if (sent := _choose(found, endings)) is not None]


def join_mails(lines: Iterable[Line | None]) -> list[SentMail]:
    """Return the mails that went, the earliest first.

    - After an earlier restore a try's number may stand there twice: an ending is of the try before
      it. Lines of several hosts are put in order by their moments.
    """
    told = [line for line in lines if line is not None and not isinstance(line, Handover)]
    told.sort(key=lambda line: line.at)
    tries: dict[str, list[tuple[MailHandover, str | None]]] = {}
    for line in told:
        found = tries.get(str(line.name), [])
        if isinstance(line, MailHandover):
            tries.setdefault(str(line.name), []).append((line, None))
            continue
        for index in range(len(found) - 1, -1, -1):
            if found[index][0].attempt == line.attempt:
                found[index] = (found[index][0], line.outcome)
                break
    went = [sent for found in tries.values() if (sent := _choose_try(found)) is not None]
    return sorted(went, key=lambda sent: sent.at)


def _choose_try(tries: list[tuple[MailHandover, str | None]]) -> SentMail | None:
    went = [(line, outcome) for line, outcome in tries if outcome != REFUSED]
    if not went:
        return None
    line, outcome = max(went, key=lambda one: (one[0].attempt, one[0].at))
    return SentMail(line.at, line.name, line.attempt, outcome == ACCEPTED)


def _choose(tries: list[Handover], endings: dict[tuple[str, int], str]) -> SentHandover | None:
    for outcome, state in _BEST_FIRST:
        found = [line for line in tries if endings.get((line.name, line.attempt)) == outcome]
        if found:
            line = max(found, key=lambda one: one.attempt)
            return SentHandover(line.at, line.name, line.attempt, state, line.letter)
    return None
