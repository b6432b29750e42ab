"""Reads the file of a campaign: TOML in UTF-8, whose keys are the fields of a definition."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.core.errors import Problem

# Bytes: the longest texts of a definition, in any script, with room for the others.
LARGEST_FILE = 1_500_000
_QUOTES = re.compile(r'"""|\'\'\'')
_KEY = re.compile(r'\s*(?P<head>\[{0,2})\s*"?(?P<key>[A-Za-z0-9_-]+)"?\s*(?=[=.\]])', re.ASCII)


def read_campaign_file(path: Path) -> dict[str, Any]:
    """Return the file's values by key, unchecked: see petition/campaigns/definition.py.

    - Raises DefinitionRefused if it is not TOML in UTF-8, or too large or nested to be parsed.
    """
    return parse_campaign(path.read_bytes())


def parse_campaign(content: bytes) -> dict[str, Any]:
    """Return the values of a file's content by key; raises as ``read_campaign_file`` does."""
    try:
        return tomllib.loads(content.decode("utf-8").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        # ValueError: also a number with too many digits; RecursionError: lists nested too deep.
        params = {"detail": str(error)}
        raise DefinitionRefused([Problem(DefinitionProblem.NOT_TOML, params)]) from error


def find_line(text: str, field: str) -> int | None:
    """Return the number of the line in which a file has a field; None if it is not found.

    - ``field``: as in problems, such as ``step`` or ``bills.2.number``. For the table of a list,
      or a key in a table, the line of its own; otherwise that of the outer one.
    """
    name, *inner = field.split(".")
    wanted = int(inner.pop(0)) if inner and inner[0].isdigit() else 1
    found, seen, is_inside = None, 0, False
    for number, head, key in _list_keys(text):
        if is_inside and not head and inner and key == inner[0]:
            return number
        if head:
            is_inside = key == name
        elif key != name:
            continue
        if key == name and (head or not is_inside):
            seen += head == "[["
            is_inside = bool(head) and seen in (0, wanted)
            if found is None or (head == "[[" and seen == wanted):
                found = number
    return found


def _list_keys(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the brackets and the first name of each key that begins a line."""
    is_open = False
    for number, line in enumerate(text.splitlines(), 1):
        if not is_open and (match := _KEY.match(line)):
            yield number, match["head"], match["key"]
        is_open ^= len(_QUOTES.findall(line)) % 2 == 1
