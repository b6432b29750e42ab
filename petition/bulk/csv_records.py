"""Reads a CSV file record by record: its encoding, its delimiter, its headings, then its rows.

- A file of any size: one record is in memory at a time.
- What is wrong with one record is that record's fault: the ones after it are still read. A quote
  that is never closed would otherwise take the rest of the file with it.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from petition.bulk.import_problems import ImportProblem
from petition.core.errors import ImportRefused, Problem
from petition.validation.spreadsheet_cells import unprotect_cell

DELIMITERS = (",", ";", "\t", "|")
# A comment may have some lines; a record of more has a quote that is not closed.
MOST_LINES = 30
LONGEST_LINE = 100_000  # characters
MOST_COLUMNS = 200
_PIECE = 1 << 20  # bytes
_OPEN_QUOTE = "unexpected end of data"  # as the csv module says it
_ZIP = b"PK\x03\x04"  # as workbooks of spreadsheets begin
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UNREAD = "\ufffd"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that was looked through once.

    - ``sha256``: of its bytes. ``size`` in bytes. ``headings``: the cells of its first record.
    """

    path: Path
    sha256: str
    size: int
    encoding: str
    delimiter: str
    headings: tuple[str, ...]

    def count_lines(self) -> int:
        """Return the number of line breaks in the file, for a measure of how much is read."""
        with self.path.open("rb") as file:
            return sum(piece.count(b"\n") for piece in iter(partial(file.read, _PIECE), b""))


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its first line, counted from 1, and its cells.

    - ``problem``: why its cells cannot be used; they are then what was read of it.
    """

    line: int
    cells: tuple[str, ...]
    problem: Problem | None = None


def open_csv(path: Path, encoding: str | None = None) -> CsvFile:
    """Look through a file once and return what it is; raises ImportRefused.

    - ``encoding``: as Python names it; None to find it: UTF-8, UTF-16 with its mark, or else
      Windows-1252, which spreadsheets write.
    """
    sha256, size, found = _look_through(path)
    if size == 0:
        raise ImportRefused(f"{path.name}: the file is empty")
    _refuse_workbook(path)
    encoding = encoding or found
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise ImportRefused(f"{encoding}: no such encoding; try utf-8 or cp1252") from error
    delimiter = _find_delimiter(path, encoding)
    first = next(_read_records(path, encoding, delimiter, None), None)
    cells = "".join(first.cells) if first is not None and first.problem is None else ""
    if first is None or not cells.strip() or "\0" in cells:
        raise ImportRefused(f"{path.name}: its first line must name the columns")
    headings = tuple(cell.strip() for cell in first.cells)
    if len(headings) > MOST_COLUMNS:
        raise ImportRefused(f"{path.name}: it has {len(headings)} columns; at most {MOST_COLUMNS}")
    return CsvFile(path, sha256, size, encoding, delimiter, headings)


def read_records(file: CsvFile) -> Iterator[Record]:
    """Yield the records after the headings, in the order of the file; blank lines are skipped."""
    records = _read_records(file.path, file.encoding, file.delimiter, len(file.headings))
    next(records, None)
    yield from records


def _refuse_workbook(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            raise ImportRefused(
                f"{path.name}: this is a workbook or another packed file; save the sheet as CSV "
                "UTF-8 and import that"
            )


def _look_through(path: Path) -> tuple[str, int, str]:
    digest, size, is_utf8 = hashlib.sha256(), 0, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    head = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            head = head or piece[:4]
            digest.update(piece)
            size += len(piece)
            is_utf8 = is_utf8 and _decodes(decoder, piece)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if head.startswith(_UTF16):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig" if is_utf8 else "cp1252"
    return digest.hexdigest(), size, encoding


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        line = file.readline(LONGEST_LINE)
    return max(DELIMITERS, key=line.count)


def _read_records(path: Path, encoding: str, delimiter: str, width: int | None) -> Iterator[Record]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = iter(partial(file.readline, LONGEST_LINE), "")
        yield from _Lines(lines, delimiter, width).read()


class _Lines:
    """The lines of a file, of which some may be read a second time."""

    def __init__(self, lines: Iterator[str], delimiter: str, width: int | None) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._delimiter = delimiter
        self._width = width
        self._number = 0

    def read(self) -> Iterator[Record]:
        while (line := self._take()) is not None:
            if line.strip("\r\n \ufeff"):
                yield self._read_record(line)

    def _take(self) -> str | None:
        line = self._again.pop() if self._again else next(self._lines, None)
        if line is not None:
            self._number += 1
        return line

    def _read_record(self, line: str) -> Record:
        """Parse a record, with as many further lines as its quotes need."""
        number, taken = self._number, [line]
        while True:
            cells, is_open = self._parse(taken)
            if cells is not None:
                return self._check(number, cells)
            more = self._take() if is_open and len(taken) < MOST_LINES else None
            if more is None:
                break
            taken.append(more)
        # Only the first line is to blame: those after it are read again as records of their own.
        self._again.extend(reversed(taken[1:]))
        self._number = number
        raw = tuple(line.rstrip("\r\n").split(self._delimiter)[:MOST_COLUMNS])
        return Record(number, raw, Problem(ImportProblem.QUOTES_WRONG))

    def _parse(self, lines: list[str]) -> tuple[tuple[str, ...] | None, bool]:
        """Return the cells of one record, or None and whether a quote is still open."""
        if len(lines) == 1 and '"' not in lines[0]:
            return tuple(lines[0].rstrip("\r\n").split(self._delimiter)), False
        try:
            return tuple(next(csv.reader(lines, delimiter=self._delimiter, strict=True))), False
        except csv.Error as error:
            return None, str(error) == _OPEN_QUOTE

    def _check(self, number: int, cells: tuple[str, ...]) -> Record:
        problem = None
        if self._width is not None and len(cells) != self._width:
            # Empty cells at the end are what some programs add or leave out.
            spare = cells[self._width :]
            if any(spare):
                problem = Problem(
                    ImportProblem.CELLS_WRONG, {"count": len(cells), "wanted": self._width}
                )
            cells = (*cells[: self._width], *[""] * (self._width - len(cells)))
        if problem is None and any(UNREAD in cell for cell in cells):
            problem = Problem(ImportProblem.UNREADABLE)
        return Record(number, tuple(unprotect_cell(cell) for cell in cells), problem)
