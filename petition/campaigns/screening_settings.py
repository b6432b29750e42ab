"""What a campaign's form is kept with against programs: read from its file, stored, restored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from limits import parse_many

from petition.core.errors import ImportRefused

LONGEST_MINIMUM = 60


class ProofOfWork(StrEnum):
    """When a browser is asked for a proof of work."""

    OFF = "off"
    WHEN_BUSY = "when busy"  # from a network that has used more than a third of its limit
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ScreeningSettings:
    """What a campaign is kept with; the defaults hold wherever ``Campaign.guards`` says nothing.

    - ``sign_limit``: how often one network may sign this campaign, beside the service's own limit;
      None sets no other.
    - ``minimum_seconds``: what filling the form takes a person at least. Two, since a browser fills
      it in at a touch, and a person who is too quick has to press the button again.
    """

    sign_limit: str | None = None
    honeypot: bool = True
    minimum_seconds: int = 2
    proof_of_work: str = ProofOfWork.WHEN_BUSY
    disposable_domains: bool = True


def restore_guards(stored: Mapping[str, Any]) -> ScreeningSettings:
    """Return the guards of a campaign from what ``check_guards`` let be stored."""
    return ScreeningSettings(**{name: stored[name] for name in CHECKS if name in stored})


def check_guards(found: Any) -> dict[str, Any]:
    """Return ``found`` as it may be stored; raises ImportRefused naming the key."""
    if not isinstance(found, dict):
        raise ImportRefused(f"guards: a table is expected; the file has {found!r}")
    for name, value in found.items():
        if name not in CHECKS:
            raise ImportRefused(f"guards.{name}: no such guard; there are {', '.join(CHECKS)}")
        is_good, wanted = CHECKS[name]
        if not is_good(value):
            raise ImportRefused(f"guards.{name}: {wanted}; the file has {value!r}")
    return dict(found)


def _is_limit(value: Any) -> bool:
    try:
        return isinstance(value, str) and all(limit.amount > 0 for limit in parse_many(value))
    except ValueError:
        return False


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_minimum(value: Any) -> bool:
    return isinstance(value, int) and not _is_bool(value) and 0 <= value <= LONGEST_MINIMUM


Check = Callable[[Any], bool]
CHECKS: dict[str, tuple[Check, str]] = {
    "sign_limit": (_is_limit, 'write it like "20 per minute; 100 per hour"'),
    "honeypot": (_is_bool, "true or false"),
    "minimum_seconds": (_is_minimum, f"a whole number from 0 to {LONGEST_MINIMUM}"),
    "proof_of_work": (lambda value: value in list(ProofOfWork), f"one of {', '.join(ProofOfWork)}"),
    "disposable_domains": (_is_bool, "true or false"),
}
