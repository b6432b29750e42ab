"""The settings that protect a campaign's form against bots: read from its file and restored."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from limits import parse_many

from petition.campaigns.field_kinds import (
    ChoiceField,
    Flag,
    Kind,
    Number,
    Problems,
    Text,
    is_a,
    is_one_of,
)
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem

LONGEST_MINIMUM = 60  # seconds
LARGEST_AMOUNT = 1_000_000_000
LONGEST_PERIOD = 366 * 24 * 3600  # seconds


class ProofOfWork(StrEnum):
    """When a browser is asked for a proof of work."""

    OFF = "off"
    WHEN_BUSY = "when busy"  # of a network that has used more than a third of its limit
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ScreeningSettings:
    """The protection of a campaign's form; defaults apply to keys missing in ``Campaign.guards``.

    - ``sign_limit``: how often one network may sign this campaign, besides the service's own limit;
      None for no further limit.
    - ``minimum_seconds``: the least time in which a person fills in the form. Two, since a browser
      can fill it in at once, and a person who is faster has to press the button again.
    """

    sign_limit: str | None = None
    honeypot: bool = True
    minimum_seconds: int = 2
    proof_of_work: str = ProofOfWork.WHEN_BUSY
    disposable_domains: bool = True


def restore_guards(stored: Mapping[str, Any]) -> ScreeningSettings:
    """Return the guards of a campaign from the values that ``GuardTable`` returned."""
    return ScreeningSettings(**{name: stored[name] for name in GUARDS if name in stored})


@dataclass(frozen=True, slots=True)
class RateField:
    """A rate limit, such as ``20 per minute; 100 per hour``."""

    longest: int

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged, or add its problem and return None."""
        if Text(self.longest).read(name, value, problems) is None:
            return None
        if not _is_rate(value):
            problems.append(Problem(DefinitionProblem.NOT_RATE, field=name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class GuardTable:
    """The values of a campaign for ``ScreeningSettings``, by name."""

    def read(self, name: str, value: Any, problems: Problems) -> dict[str, Any] | None:
        """Return it as it is stored, or add its problems and return None."""
        if not is_a(dict, name, value, problems):
            return None
        found = {
            key: GUARDS[key].read(f"{name}.{key}", setting, problems)
            for key, setting in value.items()
            if is_one_of(GUARDS, name, key, problems)
        }
        read = {key: setting for key, setting in found.items() if setting is not None}
        return read if len(read) == len(value) else None


def _is_rate(text: str) -> bool:
    try:
        return all(
            0 < limit.amount <= LARGEST_AMOUNT and limit.get_expiry() <= LONGEST_PERIOD
            for limit in parse_many(text)
        )
    except ValueError:
        return False


GUARDS: Mapping[str, Kind] = {
    "sign_limit": RateField(longest=200),
    "honeypot": Flag(),
    "minimum_seconds": Number(0, LONGEST_MINIMUM),
    "proof_of_work": ChoiceField(tuple(ProofOfWork)),
    "disposable_domains": Flag(),
}
