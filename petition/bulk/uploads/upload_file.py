"""What an uploaded file is: its size, its encoding, its headings and its first rows."""

import codecs
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from petition.bulk.csv_records import MOST_COLUMNS, CsvFile, open_csv, read_records
from petition.bulk.uploads.upload_problems import UploadProblem
from petition.core.columns import write_json
from petition.core.errors import ImportRefused, InvalidInput, Problem
from petition.models.signatures.import_upload import UploadLayout

LARGEST_LIST = 25_000_000  # bytes
LONGEST_HEADING = 100  # characters
SAMPLE_ROWS = 5
LONGEST_SAMPLE = 60  # characters of a cell
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# As workbooks, older workbooks, documents and pictures begin.
_OTHERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class FoundList:
    """A file that was looked through. ``rows``: about how many, by its line breaks."""

    sha256: str
    size: int
    rows: int
    layout: UploadLayout


def read_layout(path: Path, name: str, secret: bytes) -> FoundList:
    """Look through a file once; raises InvalidInput with a problem of the field ``file``.

    - ``secret``: of the row that the layout is stored in.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise _refuse(UploadProblem.FILE_EMPTY)
    if path.stat().st_size > LARGEST_LIST:
        raise _refuse(UploadProblem.FILE_LARGE, LARGEST_LIST // 1_000_000)
    if head.startswith(_OTHERS) or (b"\0" in head and not head.startswith(_UTF16)):
        raise _refuse(UploadProblem.FILE_PACKED)
    try:
        found = open_csv(path)
    except ImportRefused:
        raise _refuse(UploadProblem.HEADINGS_MISSING, MOST_COLUMNS) from None
    layout = UploadLayout(
        name=Path(name).name[:LONGEST_HEADING],
        encoding=found.encoding,
        delimiter=found.delimiter,
        first_rows=write_json(
            [[heading[:LONGEST_HEADING] for heading in found.headings], *_read_sample(found)]
        ),
        bound_to=secret,
    )
    # The last line may have no break.
    rows = max(found.count_lines() - 1, 1)
    return FoundList(found.sha256, found.size, rows, layout)


def _read_sample(found: CsvFile) -> list[list[str]]:
    rows = islice(read_records(found), SAMPLE_ROWS)
    width = len(found.headings)
    return [[cell.replace("\0", "")[:LONGEST_SAMPLE] for cell in row.cells[:width]] for row in rows]


def _refuse(code: UploadProblem, most: int | None = None) -> InvalidInput:
    return InvalidInput({"file": Problem(code, {"most": most} if most is not None else {})})
