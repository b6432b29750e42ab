"""Writes a definition as TOML, as it is stored in versions and downloaded, and reads it back.

- What is read back is the mapping that was written, so a file that is downloaded and uploaded again
  is the same definition.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from petition.campaigns.definition import ATTRIBUTES, FIELDS
from petition.models import Campaign

# TOML 1.0.0: keys that need no quotation marks, and what a multi-line string must escape.
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_ESCAPED = re.compile(r'[\x00-\x08\x0b-\x1f\x7f\\]|"""|"\Z')


def describe_campaign(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign's definition as the mapping that ``read_definition`` takes.

    - Fields without a value are left out, as in a file.
    """
    values = {name: getattr(campaign, ATTRIBUTES[name]) for name in FIELDS}
    return tidy_definition(values)


def tidy_definition(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a definition that have a value, in the order of FIELDS."""
    found = {}
    for name in FIELDS:
        value = _tidy(values.get(name))
        if name == "organization" and isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value not in (None, "", [], {}):
            found[name] = value
    return found


def write_definition(told: Mapping[str, Any]) -> str:
    """Return a definition as a TOML file; ``told`` is what ``tidy_definition`` returns."""
    plain = {name: value for name, value in told.items() if not _is_table(value)}
    lines = [f"{_write_key(name)} = {_write(value)}" for name, value in plain.items()]
    for name, value in told.items():
        if name in plain:
            continue
        tables = value if isinstance(value, list) else [value]
        head = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
        for table in tables:
            lines += ["", head]
            lines += [f"{_write_key(key)} = {_write(one)}" for key, one in table.items()]
    return "\n".join(lines) + "\n"


def read_stored(text: str) -> dict[str, Any]:
    """Return the definition that ``write_definition`` wrote."""
    return tomllib.loads(text)


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tidy(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_tidy(one) for one in value]
    return value.value if hasattr(value, "value") else value


def _is_table(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) for one in value)
    return isinstance(value, dict)


def _write_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quote(key)


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    if isinstance(value, str):
        return _quote_lines(value) if "\n" in value else _quote(value)
    return str(value)


def _quote(text: str) -> str:
    # JSON escapes what TOML does, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quote_lines(text: str) -> str:
    """Return a text of several lines as TOML writes it, which leaves out the first line's end."""
    found = _ESCAPED.sub(lambda match: _quote(match[0])[1:-1], text)
    return f'"""\n{found}"""'
