"""The decisions of signers that a restored backup must not undo, kept beside the database.

``decisions.log`` in the data folder has a line for each: the time, the decision, the signature's id
and its mark, a keyed hash (petition/journals/marks.py); of a consent that was stopped also the
offer's id. After a restore the same ids are assigned again: without the hash, a stranger's
signature could be erased. The file contains nothing personal, so it may be kept permanently.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.journals.line_files import append_line
from petition.journals.marks import MARK_BYTES

FILE = "decisions.log"


class Decision(StrEnum):
    """The decision of a signer."""

    ERASED = "erased"
    WITHDRAWN = "withdrawn"
    UNSUBSCRIBED = "unsubscribed"
    STOPPED = "stopped"  # what one organization may do: one offer's consent


LARGEST_ID = 2**63 - 1
TOLD = 5  # damaged lines that are listed
_LINE = re.compile(
    r"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+]{8,24})"
    rf" (?P<decision>{'|'.join(Decision)}) (?P<number>[0-9]{{1,19}})"
    rf" (?P<mark>[0-9a-f]{{{2 * MARK_BYTES}}})(?: offer-(?P<offer>[0-9]{{1,10}}))?\s*$",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One decision; ``mark``: the keyed hash of its signature.

    - ``offer_id``: whose consent was stopped; None for other decisions.
    """

    at: datetime
    decision: Decision
    signature_id: int
    mark: str
    offer_id: int | None = None


def find_journal() -> Path:
    """Return the path of this host's journal."""
    return get_settings().data_dir / FILE


def write_down(decision: Decision, signature_id: int, mark: str) -> None:
    """Append a line and flush it to the disk; raises StorageUnavailable.

    - Called before the change in the database: after a crash in between, the replay completes the
      decision, and no restore loses it.
    - Either the whole line is written, or it raises and nothing may be changed: a part of a line
      that a full disk accepted is truncated. If that fails too, the next entry begins a new line.
    """
    write_down_all(decision, {signature_id: mark})


def write_down_all(decision: Decision, marks: Mapping[int, str]) -> None:
    """Append a line for each signature, as ``write_down`` does: all or none; ``marks`` by id."""
    if marks:
        at = utcnow().isoformat()
        lines = [f"{at} {decision} {number} {mark}" for number, mark in marks.items()]
        append_line(find_journal(), "\n".join(lines))


def write_down_stops(signature_id: int, mark: str, offer_ids: Collection[int]) -> None:
    """Append that a signer stops these offers' consents, a line each: all or none."""
    if offer_ids:
        head = f"{utcnow().isoformat()} {Decision.STOPPED} {signature_id} {mark}"
        append_line(find_journal(), "\n".join(f"{head} offer-{id}" for id in sorted(offer_ids)))


def read_journal(lines: Iterable[str], damaged: list[int] | None = None) -> Iterator[Line]:
    """Yield the decisions of undamaged lines; append the numbers of the others to ``damaged``.

    - If a line begins with a part that a full disk truncated, the decision at its end is read.
    """
    for number, text in enumerate(lines, 1):
        found = _LINE.search(text)
        line = _read(found) if found else None
        if line is not None:
            yield line
        is_whole = line is not None and found is not None and found.start() == 0
        if damaged is not None and text.strip() and not is_whole:
            damaged.append(number)


def find_damaged() -> list[int]:
    """Return the numbers of the damaged lines of this host's journal."""
    damaged: list[int] = []
    path = find_journal()
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as lines:
            for _ in read_journal(lines, damaged):
                pass
    return damaged


def say_damaged(damaged: Sequence[int]) -> str:
    """Return the sentence about damaged lines for an operator."""
    first = ", ".join(map(str, damaged[:TOLD]))
    more = f" and {len(damaged) - TOLD} more" if len(damaged) > TOLD else ""
    number = "1 line is" if len(damaged) == 1 else f"{len(damaged)} lines are"
    return f"{number} damaged ({first}{more}): what was decided there cannot be replayed."


def _read(found: re.Match[str]) -> Line | None:
    try:
        at = datetime.fromisoformat(found["at"])
    except ValueError:
        return None
    number = int(found["number"])
    if at.tzinfo is None or not 0 < number <= LARGEST_ID:
        return None
    decision, offer = Decision(found["decision"]), found["offer"]
    if offer is not None and decision is not Decision.STOPPED:
        return None
    return Line(at, decision, number, found["mark"], int(offer) if offer else None)
