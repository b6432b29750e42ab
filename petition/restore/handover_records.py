"""The letters and mails in journals of hand-overs, with their outcomes."""

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
    """A letter that was handed over after the backup, and the outcome.

    - ``state``: ``accepted``, or ``unknown`` where the journal has no outcome.
    """

    at: datetime
    name: str
    attempt: int
    state: DeliveryState
    facts: LetterFacts


# The outcome of an attempt, and the state of the delivery that follows: the most certain first.
_BEST_FIRST = ((ACCEPTED, DeliveryState.ACCEPTED), (None, DeliveryState.UNKNOWN))


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail to a signer that was handed over, by the last attempt that was not refused.

    - ``is_sure``: the journal records that it was accepted.
    """

    at: datetime
    name: MailName
    attempt: int
    is_sure: bool


@dataclass(slots=True)
class RestoreReport:
    """The result of a replay.

    - ``settled``: deliveries whose state was updated. ``raised``: hundreds that were missing in the
      backup. ``known``: letters that the database knew already. ``away``: how often such a letter
      names a signature that is not in this backup.
    - ``mails``: mails to signers that are now recorded as sent. ``mails_known``: mails that the
      database knew already. ``mails_away``: mails of signatures that are not in this backup.
    - ``unsure``: a sentence for each thing that cannot be determined from the files.
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
    """Return the letters sent: of each the accepted attempt, else the last without an outcome.

    - A letter whose attempts were all refused was not sent, and stays as in the backup.
    """
    tries: dict[str, list[Handover]] = {}
    endings: dict[tuple[str, int], str] = {}
    for line in lines:
        if line is None:
            report.damaged += 1
        elif isinstance(line, Ending):
            endings[line.name, line.attempt] = line.outcome
        elif isinstance(line, Handover):
            endings.pop((line.name, line.attempt), None)  # of an attempt before an earlier restore
            tries.setdefault(line.name, []).append(line)
    return [sent for found in tries.values() if (sent := _choose(found, endings)) is not None]


def join_mails(lines: Iterable[Line | None]) -> list[SentMail]:
    """Return the mails that were sent, the earliest first.

    - After an earlier restore an attempt number may occur twice: an outcome belongs to the latest
      attempt before it. Lines of several hosts are sorted by time.
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
