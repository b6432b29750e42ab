"""What this host hands over, kept beside the database: a restored backup must not send it again.

``handovers.log`` in the data folder has a line for each time before a letter or a mail to a signer
is handed over, and one for how that ended. A letter's holds what the database must know again: its
hundred, its office, its PDF's fingerprint, and keyed hashes of whom it names. A mail's holds its
kind, what it is about, and the number and keyed hash of its signature. It names nobody, so it may
be kept.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.journals.line_files import append_line
from petition.journals.marks import MARK_BYTES

FILE = "handovers.log"
ACCEPTED = "accepted"
REFUSED = "refused"


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
class MailName:
    """What tells one mail to a signer from all others, also after a restore.

    - ``mark``: see petition/journals/marks.py; of a stranger who got the number it is another.
    - ``about``: what it is about, by a name that a restore keeps, or several set apart by blanks;
      empty for what goes once.
    """

    kind: str
    signature_id: int
    mark: str
    about: str = ""

    def __str__(self) -> str:
        """Return it as it stands in a line."""
        return " ".join((self.kind, str(self.signature_id), self.mark, self.about)).rstrip()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what a line holds; raises ValueError."""
        kind, number, mark, about = (*text.split(" ", 3), "", "", "")[:4]
        if not (KIND.fullmatch(kind) and MARK.fullmatch(mark) and NUMBER.fullmatch(number)):
            raise ValueError
        return cls(kind, int(number), mark, about)


@dataclass(frozen=True, slots=True)
class MailHandover:
    """That a mail is handed over to a signer's mailbox; ``attempt`` is which try it is."""

    at: datetime
    name: MailName
    attempt: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hand-over ended: ``accepted``, or that nothing was taken (``refused``)."""

    at: datetime
    name: str
    attempt: int
    outcome: str


Line = Handover | MailHandover | Ending
MARK = re.compile(rf"[0-9a-f]{{{2 * MARK_BYTES}}}", re.ASCII)
KIND = re.compile(r"[a-z]{1,12}", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
# What the database's integers hold, and when a line may have been written.
LARGEST = 2**31 - 1
YEARS = range(2000, 3000)


def find_log() -> Path:
    """Return where this host keeps what it handed over."""
    return get_settings().data_dir / FILE


def note_letter(name: str, attempt: int, facts: LetterFacts) -> None:
    """Append that a letter is handed over now; raises StorageUnavailable."""
    _append({"letter": asdict(facts), "name": name, "attempt": attempt})


def note_mail(name: MailName, attempt: int) -> None:
    """Append that a mail to a signer is handed over now; raises StorageUnavailable."""
    _append({"mail": str(name), "attempt": attempt})


def note_mail_ending(name: MailName, attempt: int, outcome: str) -> None:
    """Append how the hand-over of a mail ended; raises StorageUnavailable.

    - A power cut may take it: the mail is then one that may have gone.
    """
    _append({"name": str(name), "attempt": attempt, "outcome": outcome}, flush=False)


def note_ending(name: str, attempt: int, outcome: str) -> None:
    """Append how a hand-over ended; raises StorageUnavailable."""
    _append({"name": name, "attempt": attempt, "outcome": outcome})


def read_handovers(lines: Iterable[str]) -> Iterator[Line | None]:
    """Yield each line of such a file; None for one that is damaged."""
    for text in lines:
        if text.strip():
            yield _read(text)


def _append(values: dict[str, Any], *, flush: bool = True) -> None:
    line = {"at": utcnow().isoformat()} | values
    append_line(find_log(), json.dumps(line, separators=(",", ":")), flush=flush)


def _read(text: str) -> Line | None:
    try:
        values = json.loads(text)
        at = _read_moment(values.pop("at"))
        if "outcome" in values:
            return Ending(at, **_check(Ending, values))
        if "mail" in values:
            _check(Handover, {"name": values["mail"], "attempt": values["attempt"]})
            return MailHandover(at, MailName.read(values["mail"]), values["attempt"])
        letter = values.pop("letter")
        facts = {field.name: letter[field.name] for field in fields(LetterFacts)}
        _read_moment(letter["reached_at"])
        _read_moment(letter["rendered_at"])
        return Handover(
            at, letter=LetterFacts(**_check(LetterFacts, facts)), **_check(Handover, values)
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _read_moment(text: str) -> datetime:
    """Return a moment in UTC; raises ValueError for one without an offset, or of another age."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.year not in YEARS:
        raise ValueError
    return at.astimezone(UTC)


def _check(of: type, values: dict[str, Any]) -> dict[str, Any]:
    """Return values that may be stored; raises ValueError for one of another kind than its field's.

    - A line that is damaged, and JSON still, would else stop the replay of all the others.
    """
    kinds = {field.name: field.type for field in fields(of)}
    for name, value in values.items():
        if kinds[name] == list[str]:
            whole = isinstance(value, list) and all(map(_is_storable, value))
        elif kinds[name] is int:
            whole = type(value) is int and 0 <= value <= LARGEST
        else:
            whole = _is_storable(value)
        if not whole:
            raise ValueError(name)
    return values


def _is_storable(value: object) -> bool:
    """Return whether a value is a text that every database takes; raises ValueError."""
    return isinstance(value, str) and b"\0" not in value.encode()  # half a pair has no bytes
