"""The decisions of signers that a restored backup must not undo, kept beside the database.

``decisions.log`` in the data folder has a line for each: when, what, the signature's number, and a
keyed hash of what makes it that signature. After a restore, numbers are given out anew: without the
hash, a stranger's signature could be erased. It names nobody, so it may be kept for good.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from petition.clock import utcnow
from petition.extensions import get_settings
from petition.line_files import append_line

FILE = "decisions.log"


class Decision(StrEnum):
    """What a signer decided."""

    ERASED = "erased"
    WITHDRAWN = "withdrawn"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Line:
    """One decision; ``mark`` is the keyed hash of its signature."""

    at: datetime
    decision: Decision
    signature_id: int
    mark: str


def find_journal() -> Path:
    """Return where this host keeps its journal."""
    return get_settings().data_dir / FILE


def write_down(decision: Decision, signature_id: int, mark: str) -> None:
    """Append a line and flush it to the disk; raises StorageUnavailable.

    - It comes before the change in the database: a crash in between leaves a decision that is done
      when it is replayed, never one that a restore forgets.
    """
    line = f"{utcnow().isoformat()} {decision} {signature_id} {mark}"
    append_line(find_journal(), line)


def read_journal(lines: Iterable[str]) -> Iterator[Line]:
    """Yield the lines that are whole; what a full disk has cut short is left out."""
    for text in lines:
        words = text.split()
        try:
            at, decision, number, mark = words
            yield Line(datetime.fromisoformat(at), Decision(decision), int(number), mark)
        except ValueError:
            continue
