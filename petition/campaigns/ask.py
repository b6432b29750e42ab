"""The fields of what a letter asks for: the ask, its date, and the person to call about it.

Each kind has a ``read`` as described in petition/campaigns/field_kinds.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from petition.campaigns.field_kinds import Kind, Problems, Text, is_a, is_one_of
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem
from petition.models.campaigns.campaign import Stance

ASK_LIMIT = 240  # characters: three lines of the cover
PERSON_LIMIT = 80
TELEPHONE_LIMIT = 40
_EARLIEST, _LATEST = 2000, 2200  # years
# The end of a sentence that another one follows: "H.R. 4411" and "St. Louis" are no ends.
_END = re.compile(r"(?:\b(\w*[^\W\d_A-Z]{2})[.…]|[!?…])[\"'”’»)]*\s+[\"'“‘«(¿¡]*(?=[^\W\da-z])")
_ABBREVIATIONS = frozenset(
    "mrs rep sen gov ave blvd rev hon sgt lt col gen capt sec art sess inc".split()
) | frozenset("sra dra srta avda lic ing".split())
_DIGITS = re.compile(r"\d")
_TELEPHONE = re.compile(r"\+?[\d(][\d ().\-]*(?:(?:ext\.?|x) ?\d{1,6})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence on one line, without merge fields."""

    longest: int

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if Text(self.longest).read(name, value, problems) is None:
            return None
        if _has_two(value):
            problems.append(Problem(DefinitionProblem.SENTENCES, field=name))
            return None
        if "{{" in value or "}}" in value:
            problems.append(Problem(DefinitionProblem.MERGE_FIELD_NOT_TAKEN, field=name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class Day:
    """A date without a time."""

    def read(self, name: str, value: Any, problems: Problems) -> date | None:
        """Return it unchanged."""
        if not is_a(date, name, value, problems) or not isinstance(value, date):
            return None
        if not _EARLIEST <= value.year < _LATEST:
            params = {"least": _EARLIEST, "most": _LATEST - 1}
            problems.append(Problem(DefinitionProblem.OUT_OF_RANGE, params, name))
            return None
        return value


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone number as people write it, with seven to fifteen digits (ITU-T E.164)."""

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if Text(TELEPHONE_LIMIT).read(name, value, problems) is None:
            return None
        number = re.split(r"(?i)e?x", value)[0]
        if not _TELEPHONE.fullmatch(value) or not 7 <= len(_DIGITS.findall(number)) <= 15:
            problems.append(Problem(DefinitionProblem.NOT_TELEPHONE, field=name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class ContactTable:
    """The person whom an office may call: ``person``, and ``telephone`` if there is one."""

    def read(self, name: str, value: Any, problems: Problems) -> dict[str, str] | None:
        """Return it as it is stored."""
        if not is_a(dict, name, value, problems):
            return None
        before = len(problems)
        found = {
            key: CONTACT[key].read(f"{name}.{key}", told, problems)
            for key, told in value.items()
            if is_one_of(CONTACT, name, key, problems)
        }
        if "person" not in value:
            problems.append(Problem(DefinitionProblem.REQUIRED, field=f"{name}.person"))
        return found if len(problems) == before else None


def check_stance(values: Mapping[str, Any]) -> Problems:
    """Return the problem of a letter that supports or opposes a bill which it does not name."""
    if values.get("position", Stance.ASK) == Stance.ASK or "bill_number" in values:
        return []
    return [Problem(DefinitionProblem.NEEDS_BILL, field="position")]


def _has_two(text: str) -> bool:
    return any((found[1] or "").lower() not in _ABBREVIATIONS for found in _END.finditer(text))


CONTACT: Mapping[str, Kind] = {"person": Text(PERSON_LIMIT), "telephone": Telephone()}
