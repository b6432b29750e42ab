"""What this host hands over, kept beside the database: a restored backup must not send it again.

``handovers.log`` in the data folder has a line for each time before a letter is handed to a mail
server or to the outbox, and one for how that ended. A line holds what the database must know again:
its hundred, its office, its PDF's fingerprint, and keyed hashes of whom it names. It names nobody,
so it may be kept.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from petition.clock import utcnow
from petition.extensions import get_settings
from petition.line_files import append_line

FILE = "handovers.log"


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """All that the database must know again of a letter.

    - ``members``: the marks of those whom it names. Moments are ISO 8601.
    """

    campaign: str
    layer: str
    division_id: str
    number: int
    threshold: int
    step: int
    code: str
    reached_at: str
    post_division: str
    post_key: str
    channel: str
    sha256: str
    pages: int
    size: int
    names: int
    addressee: list[str]
    rendered_at: str
    members: list[str]


@dataclass(frozen=True, slots=True)
class Handover:
    """That a letter is handed over; ``name`` is its Message-ID, ``attempt`` which try it is."""

    at: datetime
    name: str
    attempt: int
    letter: LetterFacts


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hand-over ended: ``accepted``, or that nothing was taken (``refused``)."""

    at: datetime
    name: str
    attempt: int
    outcome: str


Line = Handover | Ending


def find_log() -> Path:
    """Return where this host keeps what it handed over."""
    return get_settings().data_dir / FILE


def note_letter(name: str, attempt: int, facts: LetterFacts) -> None:
    """Append that a letter is handed over now; raises StorageUnavailable."""
    _append({"letter": asdict(facts), "name": name, "attempt": attempt})


def note_ending(name: str, attempt: int, outcome: str) -> None:
    """Append how a hand-over ended; raises StorageUnavailable."""
    _append({"name": name, "attempt": attempt, "outcome": outcome})


def read_handovers(lines: Iterable[str]) -> Iterator[Line | None]:
    """Yield each line of such a file; None for one that is damaged."""
    for text in lines:
        if text.strip():
            yield _read(text)


def _append(values: dict[str, Any]) -> None:
    line = {"at": utcnow().isoformat()} | values
    append_line(find_log(), json.dumps(line, separators=(",", ":")))


def _read(text: str) -> Line | None:
    try:
        values = json.loads(text)
        at = datetime.fromisoformat(values.pop("at"))
        if "outcome" in values:
            return Ending(at, **values)
        letter = values.pop("letter")
        facts = LetterFacts(**{field.name: letter[field.name] for field in fields(LetterFacts)})
        return Handover(at, letter=facts, **values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
