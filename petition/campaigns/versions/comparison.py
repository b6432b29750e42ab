"""Compares definitions field by field, and merges two edits that were made from the same one."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from petition.campaigns.definition import FIELDS

# More words are compared line by line, and more lines as a whole: a matcher takes time in the cube
# of what repeats, so it also leaves out what is frequent (autojunk).
MOST_WORDS = 1_000
_WORDS = re.compile(r"\s+|\S+\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: ``kind`` is ``same``, ``removed`` or ``added``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs; ``before`` and ``after`` are None where it has no value."""

    name: str
    before: Any
    after: Any

    @property
    def pieces(self) -> list[Piece]:
        """The words that differ, with those that do not."""
        return compare_texts(show_value(self.before), show_value(self.after))


@dataclass(frozen=True, slots=True)
class EditOverlap:
    """A field of an edit that differs from what somebody else has stored since.

    - ``theirs`` and ``mine``: the values. ``both``: both have changed it; otherwise only the other,
      and the merged edit has theirs.
    """

    name: str
    theirs: Any
    mine: Any
    both: bool


def compare_definitions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Return the fields that differ, in the order of FIELDS; both as ``read_stored`` returns."""
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]


def merge_edits(
    base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> tuple[dict[str, Any], list[EditOverlap]]:
    """Return an edit with what somebody else has stored since, and the fields that differ.

    - A field that only one has changed gets that change; of one that both have changed it keeps
      ``mine``. All three as ``tidy_definition`` returns them.
    """
    merged = dict(mine)
    overlaps = []
    for name in FIELDS:
        was, their, my = base.get(name), theirs.get(name), mine.get(name)
        if their == my:
            continue
        if my != was and their == was:
            continue
        overlaps.append(EditOverlap(name, their, my, both=my != was))
        if my == was:
            merged.pop(name, None)
            if their is not None:
                merged[name] = their
    return {name: merged[name] for name in FIELDS if name in merged}, overlaps


def compare_texts(before: str, after: str) -> list[Piece]:
    """Return two texts as one list of pieces, in words; long ones in lines."""
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(one), len(other)) > MOST_WORDS:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(one), len(other)) > MOST_WORDS:
        return [piece for piece in (Piece("removed", before), Piece("added", after)) if piece.text]
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, one, other)
    for what, start, end, begin, stop in matcher.get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(one[start:end])))
            continue
        removed, added = "".join(one[start:end]), "".join(other[begin:stop])
        pieces += [Piece("removed", removed)] if removed else []
        pieces += [Piece("added", added)] if added else []
    return pieces


def show_value(value: Any) -> str:
    """Return a field's value as text, an item of a list on a line; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_join(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "\n".join(_join(one) for one in value)
    return str(value)


def _join(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(show_value, value))
    return show_value(value).replace("\n", "; ")
