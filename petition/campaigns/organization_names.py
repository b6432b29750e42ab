"""The names of the organizations that send a campaign's letter, as given in its definition."""

from dataclasses import dataclass
from typing import Any

from petition.campaigns.field_kinds import Problems, is_a
from petition.campaigns.field_lists import is_distinct, is_short
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem
from petition.validation.names import NAME_LIMIT, NameProblem, NameRefused, read_group_name
from petition.validation.printable import is_unprintable, make_printable


@dataclass(frozen=True, slots=True)
class OrganizationNames:
    """One name, or a list of several, each once."""

    most: int
    longest: int = NAME_LIMIT

    def read(self, name: str, value: Any, problems: Problems) -> list[str] | None:
        """Return them without unprintable characters, or add their problems and return None."""
        if not isinstance(value, list):
            found = self._read_one(name, value, problems)
            return None if found is None else [found]
        if not value:
            problems.append(Problem(DefinitionProblem.EMPTY, field=name))
            return None
        if not is_short(name, value, self.most, problems):
            return None
        named = [self._read_one(f"{name}.{at}", one, problems) for at, one in enumerate(value, 1)]
        read = [one for one in named if one is not None]
        return read if len(read) == len(named) and is_distinct(name, read, problems) else None

    def _read_one(self, name: str, value: Any, problems: Problems) -> str | None:
        if not is_a(str, name, value, problems):
            return None
        try:
            return read_group_name(value)
        except NameRefused as refused:
            problems.append(self._describe(name, value, refused))
            return None

    def _describe(self, name: str, value: str, refused: NameRefused) -> Problem:
        if refused.problem == NameProblem.LONG:
            params = {"found": refused.length, "most": self.longest}
            return Problem(DefinitionProblem.TOO_LONG, params, name)
        if refused.problem == NameProblem.UNPRINTABLE:
            unfit = next(filter(is_unprintable, value))
            return Problem(
                DefinitionProblem.CONTROL_CHARACTER, {"found": f"U+{ord(unfit):04X}"}, name
            )
        return Problem(
            DefinitionProblem.NO_LETTER if make_printable(value) else DefinitionProblem.EMPTY,
            field=name,
        )
