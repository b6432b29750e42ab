"""Opens roster files: text in UTF-8, rows of a CSV, documents of a YAML, dates.

- Whatever cannot be read is refused with its place, what was expected and what to do.
"""

import calendar
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from petition.officials.addresses import is_email, tidy
from petition.officials.roster import Where, refuse

SUFFIXES = (".csv", ".yml", ".yaml")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loads safely, and leaves every scalar but null as the text that stands there.

    - An unquoted ZIP code 02134 is no octal number, a district 12 no integer, a date no object.
    """


_TextLoader.yaml_implicit_resolvers = {
    sign: kept
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (kept := [(tag, rule) for tag, rule in resolvers if tag.endswith((":null", ":merge"))])
}


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a CSV file, each with its place; cells are one line of text without padding."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Where, Mapping[str, str]], ...]


def read_text(path: Path) -> str:
    """Return what a file says; a byte order mark is no part of it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(
            path.name,
            f"byte {error.start + 1} is not UTF-8",
            "a text file in UTF-8",
            "save it in that encoding",
        ) from error
    except OSError as error:
        raise refuse(
            path.name, f"it cannot be read ({error.strerror})", "a file", "check its permissions"
        ) from error
    if not text.strip():
        raise _refuse_empty(path, "at least one person or body")
    return text


def read_table(path: Path) -> Table:
    """Return the rows of a CSV with a header."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows: list[tuple[Where, Mapping[str, str]]] = []
    columns: list[str] = []
    try:
        for number, cells in enumerate(reader, 1):
            where = Where(path.name, f"row {number}")
            if not columns:
                columns = [tidy(cell) for cell in cells]
            elif any(cell.strip() for cell in cells):
                rows.append((where, _read_row(where, columns, cells)))
    except csv.Error as error:
        raise refuse(
            f"{path.name}, row {len(rows) + 2}",
            f"it is no row of a CSV ({error})",
            "cells separated by commas, quoted where they hold one",
            "mend the row",
        ) from error
    if not rows:
        raise _refuse_empty(path, "rows below its header")
    return Table(path.name, tuple(columns), tuple(rows))


def read_documents(path: Path) -> list[Any]:
    """Return the documents of a YAML file that are not empty, made of text, lists and mappings."""
    loader = _TextLoader(read_text(path))
    try:
        documents = list(_load_all(loader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        spot = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise refuse(
            f"{path.name}{spot}", f"it is no YAML ({problem})", "a YAML file", "mend the line"
        ) from error
    finally:
        loader.dispose()
    if not documents:
        raise _refuse_empty(path, "at least one person")
    return documents


def read_field(where: Where, mapping: Mapping[str, Any], key: str) -> str:
    """Return a text of a mapping as one line; empty where it is not there."""
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise where.refuse(f"{key!r} is no text", "one text", "mend the value")
    return value if key == "address" else tidy(value)


def read_list(where: Where, mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of mappings; empty where it is not there."""
    value = mapping.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise where.refuse(
            f"{key!r} is no list of mappings", "a list such as OpenStates has", "mend the value"
        )
    return value


def read_date(where: Where, text: str, key: str, *, last: bool = False) -> date | None:
    """Return a day; None for an empty text.

    - OpenStates has years and months too: their first day, or with ``last`` their last.
    """
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) if part else 0 for part in found.groups())
        month = month or (12 if last else 1)
        return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1))
    except ValueError as error:
        raise where.refuse(
            f"{key} {text[:30]!r} is no date", "a day such as 2026-01-31", "mend the date"
        ) from error


def read_email(where: Where, text: str) -> str | None:
    """Return an e-mail address; None for an empty text."""
    if text and not is_email(text):
        raise where.refuse(
            f"the e-mail {text[:60]!r} is no address", "one such as clerk@town.example", "mend it"
        )
    return text or None


def _read_row(where: Where, columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(columns):
        raise where.refuse(
            f"it has {len(cells)} cells",
            f"{len(columns)}, as many as the header",
            "quote the cells that hold a comma",
        )
    return {
        column: cell if column.endswith("address") else tidy(cell)
        for column, cell in zip(columns, cells, strict=True)
    }


def _load_all(loader: Any) -> Iterator[Any]:
    while loader.check_data():
        document = loader.get_data()
        if document is not None:
            yield document


def _refuse_empty(path: Path, expected: str) -> Exception:
    return refuse(path.name, "the file is empty", expected, "export it again")
