"""The file of rows that were not imported, each with its reason, to correct and import again."""

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from petition.bulk.csv_records import CsvFile
from petition.bulk.import_rows import RefusedRow
from petition.core.errors import ImportRefused, Problem
from petition.validation.spreadsheet_cells import protect_cell

LINE, REASON = "line", "reason"
Describe = Callable[[Mapping[str, Problem]], str]


class RefusedRows(Protocol):
    """Where the rows are written that are not imported.

    - ``tells_known``: whether it lists rows of people who have signed already or withdrew.
    """

    tells_known: bool

    def cut(self, length: int) -> None:
        """Keep the first ``length`` bytes of what earlier runs wrote; raises ImportRefused."""

    def write(self, rows: Sequence[RefusedRow]) -> int:
        """Append rows in the order of their lines; return the length in bytes by now."""


def write_csv(
    headings: Sequence[str], rows: Sequence[RefusedRow], describe: Describe, *, is_first: bool
) -> bytes:
    """Return rows as CSV in UTF-8, by their lines; ``is_first``: with its mark and the headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    if is_first:
        writer.writerow((LINE, REASON, *headings))
    for row in sorted(rows, key=lambda one: one.record.line):
        reason = describe(row.problems)
        cells = (protect_cell(cell) for cell in row.record.cells)
        writer.writerow((row.record.line, reason, *cells))
    # As spreadsheets know UTF-8 by; not UTF-16, whatever the imported file is in.
    mark = b"\xef\xbb\xbf" if is_first else b""
    return mark + text.getvalue().encode()


class RefusedFile:
    """A CSV file with the columns of the imported one, and before them line and reason.

    - Only its owner may read it: it names people. Cells that a spreadsheet would take as a formula
      begin with an apostrophe, which an import takes off again.
    - A row is on the disk before the database says that it was read; what a killed run wrote beyond
      that is cut off by the next.
    """

    def __init__(
        self, path: Path, file: CsvFile, describe: Describe, *, tells_known: bool = True
    ) -> None:
        """No file is made before the first row.

        - ``describe``: the words for the problems of a row. ``tells_known``: whether it lists rows
          of people who have signed already or withdrew; False for a file that a group gets.
        """
        self.path = path
        self._headings = file.headings
        self._describe = describe
        self.tells_known = tells_known
        self._descriptor: int | None = None
        self.length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def cut(self, length: int) -> None:
        """Keep the first ``length`` bytes; raises ImportRefused if the file is shorter by now."""
        self.length = length
        if not length and not self.path.exists():
            return
        self._open()
        held = os.fstat(self._descriptor or 0).st_size
        if held < length:
            raise ImportRefused(
                f"{self.path}: it is shorter than the last run left it; put it back, or give "
                "another with --refused, and it begins with the rows that follow"
            )
        os.ftruncate(self._descriptor or 0, length)

    def write(self, rows: Sequence[RefusedRow]) -> int:
        """Append rows in the order of their lines; return the file's length in bytes."""
        if not rows:
            return self.length
        content = write_csv(self._headings, rows, self._describe, is_first=not self.length)
        self._open()
        descriptor = self._descriptor or 0
        os.lseek(descriptor, self.length, os.SEEK_SET)
        while content:
            written = os.write(descriptor, content)
            content = content[written:]
            self.length += written
        os.fsync(descriptor)
        return self.length

    def _open(self) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
