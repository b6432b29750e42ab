"""The journal of this host's hand-overs: a service with a restored backup must not repeat them.

``handovers.log`` in the data folder has a line before each hand-over of a letter or of a mail to a
signer, and a line for its outcome; also before that of an organization's message.

- A letter's line has what a replay inserts into the database: its milestone, its office, the hash
  of its PDF, and the marks (keyed hashes) of the signatures that it names.
- A mail's line has its kind, what it is about, and the id and mark of its signature.
- The file contains nothing personal, so it may be kept.
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
# The kind of an organization's message to a signer; what it is about is when it was first written.
RELAYED = "relay"


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a replay inserts into the database about a letter.

    - ``members``: the marks of the signatures that it names. Times are in ISO 8601.
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
    """The start of a letter's hand-over; ``name``: its Message-ID, ``attempt``: its number."""

    at: datetime
    name: str
    attempt: int
    letter: LetterFacts


@dataclass(frozen=True, slots=True)
class MailName:
    """The unique name of a mail to a signer, which a restore does not change.

    - ``mark``: of the signature (petition/journals/marks.py); differs for another with the same id.
    - ``about``: what it is about, by a name that a restore does not change, or several separated by
      blanks; empty for a kind that is sent once.
    """

    kind: str
    signature_id: int
    mark: str
    about: str = ""

    def __str__(self) -> str:
        """Return the text form that a line contains."""
        return " ".join((self.kind, str(self.signature_id), self.mark, self.about)).rstrip()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the name from its text form; raises ValueError."""
        kind, number, mark, about = (*text.split(" ", 3), "", "", "")[:4]
        if not (KIND.fullmatch(kind) and MARK.fullmatch(mark) and NUMBER.fullmatch(number)):
            raise ValueError
        return cls(kind, int(number), mark, about)


@dataclass(frozen=True, slots=True)
class MailHandover:
    """The start of the hand-over of a mail to a signer; ``attempt``: its number."""

    at: datetime
    name: MailName
    attempt: int


@dataclass(frozen=True, slots=True)
class Ending:
    """The outcome of a hand-over: ``accepted``, or ``refused`` if nothing was accepted."""

    at: datetime
    name: str
    attempt: int
    outcome: str


Line = Handover | MailHandover | Ending
MARK = re.compile(rf"[0-9a-f]{{{2 * MARK_BYTES}}}", re.ASCII)
KIND = re.compile(r"[a-z]{1,12}", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
# The range of the database's integers, and the valid years of a line.
LARGEST = 2**31 - 1
YEARS = range(2000, 3000)


def find_log() -> Path:
    """Return the path of this host's journal of hand-overs."""
    return get_settings().data_dir / FILE


def note_letter(name: str, attempt: int, facts: LetterFacts) -> None:
    """Append the start of a letter's hand-over; raises StorageUnavailable."""
    _append({"letter": asdict(facts), "name": name, "attempt": attempt})


def note_mail(name: MailName, attempt: int) -> None:
    """Append the start of the hand-over of a mail to a signer; raises StorageUnavailable."""
    _append({"mail": str(name), "attempt": attempt})


def note_mail_ending(name: MailName, attempt: int, outcome: str) -> None:
    """Append the outcome of the hand-over of a mail; raises StorageUnavailable.

    - A power cut may lose the line: the mail then counts as one that may have arrived.
    """
    _append({"name": str(name), "attempt": attempt, "outcome": outcome}, flush=False)


def note_ending(name: str, attempt: int, outcome: str) -> None:
    """Append the outcome of a letter's hand-over; raises StorageUnavailable."""
    _append({"name": name, "attempt": attempt, "outcome": outcome})


def read_handovers(lines: Iterable[str]) -> Iterator[Line | None]:
    """Yield each line of such a file; None for a damaged one."""
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
    """Return a time in UTC; raises ValueError if it has no offset, or its year is not in YEARS."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.year not in YEARS:
        raise ValueError
    return at.astimezone(UTC)


def _check(of: type, values: dict[str, Any]) -> dict[str, Any]:
    """Return values that can be stored; raises ValueError for one whose type is not its field's.

    - Otherwise a damaged line that is valid JSON would stop the replay of all others.
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
    """Return whether a value is a text that every database accepts; raises ValueError."""
    return isinstance(value, str) and b"\0" not in value.encode()  # raises for a lone surrogate
