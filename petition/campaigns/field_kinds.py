"""The kinds of fields of a campaign's definition: each reads one value, or adds its problems.

- A kind's ``read`` returns the value as it is stored; it returns None after it has added one or
  more problems. It raises nothing, whatever the value is.
- Problems contain no values except shortened strings: a hostile one may be deep, huge or endless.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Protocol

from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem
from petition.validation.printable import is_unprintable, make_printable

Problems = list[Problem]
# The names of types in problems; bool is before int and datetime before date, since the first is a
# subclass of the second.
VALUE_TYPES: dict[type, str] = {
    str: "text",
    bool: "boolean",
    int: "integer",
    float: "number",
    datetime: "moment",
    date: "date",
    time: "time",
    list: "list",
    dict: "table",
}
SHOWN_CHARACTERS = 60
_LINE_ENDS = frozenset("\n\r\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x85")


class MergeFields(StrEnum):
    """The meaning of double braces in a text."""

    PLAIN = "plain"  # no meaning: they are printed unchanged
    LETTER = "letter"  # a merge field of letters
    EVERYBODY = "everybody"  # a merge field whose value is known before there is a district
    NONE = "none"  # refused: the author expects a value, and none would be filled in


class Kind(Protocol):
    """The protocol of a kind of field."""

    def read(self, name: str, value: Any, problems: Problems) -> Any:
        """Return the value as it is stored, or add its problems and return None."""


def name_type(value: Any) -> str:
    """Return the name of a value's type for a problem."""
    return next((name for kind, name in VALUE_TYPES.items() if isinstance(value, kind)), "other")


def is_a(kind: type, name: str, value: Any, problems: Problems) -> bool:
    """Return whether a value is of a type of VALUE_TYPES; add a problem if it is not."""
    expected, found = VALUE_TYPES[kind], name_type(value)
    if expected != found:
        params = {"expected": expected, "found": found}
        problems.append(Problem(DefinitionProblem.WRONG_TYPE, params, name))
    return expected == found


def cut(text: Any) -> str:
    """Return a value in the form for a problem: a short text, or the name of its type."""
    return text[:SHOWN_CHARACTERS] if isinstance(text, str) else name_type(text)


def is_one_of(allowed: Collection[str], name: str, value: Any, problems: Problems) -> bool:
    """Return whether a value is one of the allowed words; add a problem if it is not."""
    if isinstance(value, str) and value in allowed:
        return True
    params = {"found": cut(value), "allowed": [*allowed]}
    problems.append(Problem(DefinitionProblem.NOT_ONE_OF, params, name))
    return False


@dataclass(frozen=True, slots=True)
class Text:
    """A text with printable characters; ``lines``: it may have several lines."""

    longest: int
    lines: bool = False
    merge_fields: MergeFields = MergeFields.PLAIN

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        return (
            value
            if is_a(str, name, value, problems) and self._fits(name, value, problems)
            else None
        )

    def _fits(self, name: str, text: str, problems: Problems) -> bool:
        before = len(problems)
        if len(text) > self.longest:
            params = {"found": len(text), "most": self.longest}
            problems.append(Problem(DefinitionProblem.TOO_LONG, params, name))
        elif unfit := _find_unfit(text):
            found = {"found": f"U+{ord(unfit):04X}"}
            problems.append(Problem(DefinitionProblem.CONTROL_CHARACTER, found, name))
        elif not make_printable(text):
            problems.append(Problem(DefinitionProblem.EMPTY, field=name))
        elif not self.lines and not _LINE_ENDS.isdisjoint(text):
            problems.append(Problem(DefinitionProblem.LINE_BREAK, field=name))
        return len(problems) == before


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    least: int
    most: int

    def read(self, name: str, value: Any, problems: Problems) -> int | None:
        """Return it unchanged."""
        if not is_a(int, name, value, problems):
            return None
        if not self.least <= value <= self.most:
            params = {"least": self.least, "most": self.most}
            problems.append(Problem(DefinitionProblem.OUT_OF_RANGE, params, name))
            return None
        return int(value)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, name: str, value: Any, problems: Problems) -> bool | None:
        """Return it unchanged."""
        return bool(value) if is_a(bool, name, value, problems) else None


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """One of the allowed words."""

    allowed: tuple[str, ...]

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if not is_a(str, name, value, problems) or not is_one_of(
            self.allowed, name, value, problems
        ):
            return None
        return str(value)


def _find_unfit(text: str) -> str | None:
    """Return the first control character, or one that misrepresents the text; otherwise None."""
    if text.isascii() and text.isprintable():
        return None
    return next((sign for sign in text if _is_control(sign) or is_unprintable(sign)), None)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" and sign not in "\n\r\t"
