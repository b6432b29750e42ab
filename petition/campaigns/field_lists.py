"""The kinds of fields that have several values: lists, and a table of lists.

Each has a ``read`` as described in petition/campaigns/field_kinds.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from petition.campaigns.field_kinds import Problems, Text, is_a, is_one_of
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem


@dataclass(frozen=True, slots=True)
class ChoicesField:
    """One or more of the allowed words, each once."""

    allowed: tuple[str, ...]

    def read(self, name: str, value: Any, problems: Problems) -> list[str] | None:
        """Return them unchanged."""
        if not is_a(list, name, value, problems):
            return None
        if not value:
            problems.append(Problem(DefinitionProblem.EMPTY, field=name))
            return None
        if not is_short(name, value, len(self.allowed), problems):
            return None
        good = [is_one_of(self.allowed, name, item, problems) for item in value]
        if not all(good) or not is_distinct(name, value, problems):
            return None
        return list(value)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text, such as those of an address."""

    most: int
    longest: int

    def read(self, name: str, value: Any, problems: Problems) -> list[str] | None:
        """Return them unchanged."""
        if not is_a(list, name, value, problems) or not is_short(name, value, self.most, problems):
            return None
        kind = Text(self.longest)
        lines = [kind.read(f"{name}.{at}", line, problems) for at, line in enumerate(value, 1)]
        found = [line for line in lines if line is not None]
        return found if len(found) == len(lines) else None


@dataclass(frozen=True, slots=True)
class ChoicesByKey:
    """A table whose keys are allowed words, and whose values are one or more of others."""

    keys: tuple[str, ...]
    allowed: tuple[str, ...]

    def read(self, name: str, value: Any, problems: Problems) -> dict[str, list[str]] | None:
        """Return it unchanged."""
        if not is_a(dict, name, value, problems):
            return None
        kind = ChoicesField(self.allowed)
        found = {
            key: kind.read(f"{name}.{key}", items, problems)
            for key, items in value.items()
            if is_one_of(self.keys, name, key, problems)
        }
        read = {key: items for key, items in found.items() if items is not None}
        return read if len(read) == len(value) else None


def is_short(name: str, value: list[Any], most: int, problems: Problems) -> bool:
    """Return whether a list has at most ``most`` items; add a problem if it has more."""
    if len(value) > most:
        params = {"found": len(value), "most": most}
        problems.append(Problem(DefinitionProblem.TOO_MANY, params, name))
    return len(value) <= most


def is_distinct(name: str, value: Iterable[str], problems: Problems) -> bool:
    """Return whether all items are different; add a problem for each repeated one."""
    seen: set[str] = set()
    before = len(problems)
    for item in value:
        if item in seen:
            problems.append(Problem(DefinitionProblem.REPEATED, {"found": item}, name))
        seen.add(item)
    return len(problems) == before
