"""The problems that a form shows, sealed in it: so that another language shows the same ones.

What was typed need not be judged again, and a form that shows no error gets none by the switch.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from petition.core.errors import ConfigurationError, Param, Problem
from petition.core.sealing import get_sealer, read_text, write_text
from petition.error_messages.description import MESSAGES

PURPOSE = "shown problems"
CODES = {str(code): code for code in MESSAGES}


def seal_problems(problems: Mapping[str, Problem]) -> str:
    """Return the problems, by the field that each is shown at, for a hidden field of the form."""
    plain = [
        (name, problem.code, {key: _pack(value) for key, value in problem.params.items()})
        for name, problem in problems.items()
    ]
    return write_text(get_sealer().seal(json.dumps(plain).encode(), PURPOSE))


def open_problems(text: str) -> dict[str, Problem]:
    """Return the problems of a hidden field; none for an empty or a forged one."""
    try:
        plain = json.loads(get_sealer().open(read_text(text), PURPOSE))
        return {
            name: Problem(CODES[code], {key: _unpack(*value) for key, value in params.items()})
            for name, code, params in plain
        }
    except (ValueError, KeyError, ConfigurationError):  # KeyError: a code of another version
        return {}


def _pack(value: Param) -> tuple[str, object]:
    if isinstance(value, timedelta):
        return "wait", value.total_seconds()
    if isinstance(value, datetime):
        return "moment", value.isoformat()
    if isinstance(value, date):
        return "day", value.isoformat()
    return "plain", value


def _unpack(kind: str, value: str | int | float | list[str]) -> Param:
    match kind:
        case "wait":
            return timedelta(seconds=float(str(value)))
        case "moment":
            return datetime.fromisoformat(str(value))
        case "day":
            return date.fromisoformat(str(value))
        case _:
            return value
