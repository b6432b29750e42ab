"""Read the rows of a spreadsheet saved as text by Excel and similar programs.

- Cells are separated by commas, semicolons, tabs or bars: the delimiter that gives a known header,
  or the one in a first line ``sep=;``.
- Rows above the header and empty columns are skipped. Column names may be in capitals, with spaces
  or hyphens.
- Each such adjustment is noted. A row with more or fewer cells than its header is refused, since
  there is no telling which cell is wrong.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from petition.officials.rosters.mailing_address import tidy
from petition.officials.rosters.readers.roster_files import read_text, refuse_empty
from petition.officials.rosters.roster import Where, refuse

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# How many rows are searched for a header.
LOOKED_AT = 25
MOST_ROWS = 50_000  # of a file; each takes some kilobytes while it is read
_SEP = re.compile(r'\s*"?sep=(\\t|[;,|\t])"?[ ,;|\t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, each with its place; cells are one line of text without padding."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Where, Mapping[str, str]], ...]
    header: Where


@dataclass(slots=True)
class _Sheet:
    """A file with its delimiter and the row of its header; rows count from 1."""

    name: str
    text: str
    delimiter: str
    header: int
    above: int = 0
    notes: list[str] = field(default_factory=list)

    def read_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty, with their numbers."""
        reader = csv.reader(
            io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True
        )
        number = self.above
        try:
            for cells in reader:
                number += 1
                if number > MOST_ROWS:
                    raise refuse(
                        self.name,
                        f"it has more than {MOST_ROWS:,} rows",
                        "fewer people or bodies in one file",
                        "split it into several files, without empty rows",
                    )
                if any(cell.strip() for cell in cells):
                    yield number, cells
        except csv.Error as error:
            raise refuse(
                f"{self.name}, row {number + 1}",
                f"it is not a row of a CSV ({error})",
                f"cells separated by {DELIMITERS[self.delimiter]}, and quoted if they contain one",
                "correct the row",
            ) from error


def read_table(path: Path, known: Collection[str], notes: list[str]) -> Table:
    """Return the rows below a header; ``known`` are the names of columns that it may have."""
    sheet = _open_sheet(path, known, notes)
    rows = list(sheet.read_rows())
    for number, cells in rows:
        if number < sheet.header:
            text = tidy(" ".join(cells))[:60]
            notes.append(f"{path.name}, row {number}: {text!r} skipped, above the header")
    header = Where(path.name, f"row {sheet.header}", notes)
    data = [(number, cells) for number, cells in rows if number > sheet.header]
    if not data:
        raise refuse_empty(path, "rows below its header")
    names = _read_names(header, next(cells for n, cells in rows if n == sheet.header), known)
    names = _fit_names(header, names, [cells for _, cells in data])
    parsed = []
    for number, cells in data:
        where = Where(path.name, f"row {number}", notes)
        parsed.append((where, _read_row(where, names, cells, sheet.delimiter)))
    return Table(path.name, tuple(name for name in names if name), tuple(parsed), header)


def _open_sheet(path: Path, known: Collection[str], notes: list[str]) -> _Sheet:
    text = read_text(path, notes)
    said = _SEP.match(text)
    choices = list(DELIMITERS)
    if said:
        text = text[said.end() :]
        choices.insert(0, "\t" if said[1] == "\\t" else said[1])
        notes.append(f"{path.name}, row 1: 'sep=' skipped; it names the delimiter")
    if not text.strip():
        raise refuse_empty(path, "rows below its header")
    found = [(*_find_header(text, delimiter, known), delimiter) for delimiter in choices]
    best, number, delimiter = max(found, key=lambda one: one[0])
    if delimiter != "," and best:
        notes.append(f"{path.name}: its cells are separated by {DELIMITERS[delimiter]}")
    first = 1 if said else 0
    return _Sheet(path.name, text, delimiter, number + first, first, notes)


def _find_header(text: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """Return how many known names the most likely header has, and its row; else the first row."""
    keys = {_normalize_name(name) for name in known}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    best, first = (0, 0), 0
    try:
        for number, cells in enumerate(reader, 1):
            if number > LOOKED_AT:
                break
            if any(cell.strip() for cell in cells):
                first = first or number
            score = len({_normalize_name(cell) for cell in cells} & keys)
            if score > best[0]:
                best = (score, number)
    except csv.Error:  # raised with its row number when all rows are read
        pass
    return best if best[0] else (0, first or 1)


def _read_names(header: Where, cells: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the columns' names; empty for a column without a name."""
    by_key = {_normalize_name(name): name for name in known}
    names: list[str] = []
    for cell in map(tidy, cells):
        name = cell if cell in known else by_key.get(_normalize_name(cell), cell)
        if name in known and name in names:
            raise header.refuse(
                f"the column {name!r} appears twice", "each column once", "remove one of them"
            )
        if name != cell:
            header.note(f"the column {cell!r} is read as {name!r}")
        names.append(name)
    return names


def _fit_names(header: Where, names: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a name for each cell of a row; columns with an empty name must be empty.

    - All rows may lack the header's empty cells at the end, or all may have such cells of their
      own. If that would put a cell into a column of another kind, a cell contains an unquoted
      delimiter and the rows are refused.
    """
    named = len(names)
    while named and not names[named - 1]:
        named -= 1
    widths = {len(cells) for cells in rows}
    if widths == {named}:
        fitted = names[:named]
    elif len(widths) == 1 and all(_ends_in_empty(names, cells) for cells in rows):
        fitted = [*names, *[""] * (widths.pop() - len(names))]
    else:
        fitted = names
    empty = max(len(fitted), len(names)) - sum(bool(name) for name in names)
    if empty:
        header.note(f"empty columns without a name skipped: {empty}")
    return fitted


def _ends_in_empty(names: Sequence[str], cells: Sequence[str]) -> bool:
    behind = "".join(cells[len(names) :]).strip()
    kinds = {"email": r".*@.*", "voice": r"(?:.*\d){7}.*", "fax": r"(?:.*\d){7}.*"}
    return not behind and all(
        not cell.strip() or re.fullmatch(kinds.get(name.rpartition("_")[2], ".*"), cell, re.DOTALL)
        for name, cell in zip(names, cells, strict=False)
    )


def _read_row(
    where: Where, names: Sequence[str], cells: Sequence[str], delimiter: str
) -> Mapping[str, str]:
    if len(cells) != len(names):
        raise where.refuse(
            f"it has {len(cells)} cells",
            f"{len(names)}, as many as the header",
            f"quote the cells that contain a {SIGNS[delimiter]}"
            if len(cells) > len(names)
            else "a cell is missing or its line is broken in two: give every cell, also empty ones",
        )
    row: dict[str, str] = {}
    for number, (name, cell) in enumerate(zip(names, cells, strict=True), 1):
        if name:
            row[name] = cell if name.endswith("address") else tidy(cell)
        elif cell.strip():
            raise where.refuse(
                f"cell {number} contains {tidy(cell)[:30]!r} in a column without a name",
                "a name for it in the header",
                "name the column, or empty the cell",
            )
    return row


def _normalize_name(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
