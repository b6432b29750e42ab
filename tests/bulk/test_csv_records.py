"""CSV files as programs and people write them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from petition.bulk.csv_records import (
    MOST_LINES,
    open_csv,
    read_records,
)
from petition.bulk.import_problems import ImportProblem
from petition.core.errors import ImportRefused
from petition.validation.spreadsheet_cells import protect_cell, unprotect_cell
from tests.bulk.files import write_file

ROWS = [("Ada", "Müller"), ("Zoë", "one, two"), ("Lù", 'says "no"\nand goes')]
PRINTABLE = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n",;\t|'), max_size=20
)


def read(path: Path, encoding: str | None = None) -> list[tuple[str, ...]]:
    return [one.cells for one in read_records(open_csv(path, encoding))]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_encoding_and_delimiter_is_found(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write_file(tmp_path / "a.csv", ROWS, ("one", "two"), encoding, delimiter)

    assert read(path) == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "a.csv", end.join(["one,two", "1,2", "", "3,4"]))

    records = list(read_records(open_csv(path)))

    assert [(one.line, one.cells) for one in records] == [(2, ("1", "2")), (4, ("3", "4"))]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PRINTABLE, PRINTABLE, st.just("end")), max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    path = write_file(tmp_path_factory.mktemp("x") / "a.csv", rows, ("one", "two", "three"))

    # Blanks around cells are those of the cells; an apostrophe that protects a cell is not.
    assert read(path) == [tuple(map(unprotect_cell, row)) for row in rows]


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = "".join(f"{number},x\n" for number in range(200))
    path = write(tmp_path / "a.csv", f'one,two\na,"open\n{rows}')

    records = list(read_records(open_csv(path)))

    assert records[0].problem is not None
    assert records[0].problem.code is ImportProblem.QUOTES_WRONG
    assert [one.cells for one in records[1:]] == [(str(number), "x") for number in range(200)]
    assert [one.line for one in records] == list(range(2, 203))


def test_a_cell_of_some_lines_is_one_record(tmp_path: Path) -> None:
    words = "\n".join(["line"] * (MOST_LINES - 1))
    path = write(tmp_path / "a.csv", f'one,two\na,"{words}"\nb,c\n')

    records = list(read_records(open_csv(path)))

    assert [one.cells for one in records] == [("a", words), ("b", "c")]
    assert [one.line for one in records] == [2, 2 + MOST_LINES - 1]


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('Bob "Bobby" Smith,x', ('Bob "Bobby" Smith', "x")),
        ("5'10\",x", ("5'10\"", "x")),
        ("a,b,", ("a", "b")),
        ("a", ("a", "")),
        ("a,b,c", None),
        ('"a"b,c', None),
    ],
)
def test_untidy_rows(tmp_path: Path, row: str, cells: tuple[str, ...] | None) -> None:
    path = write(tmp_path / "a.csv", f"one,two\n{row}\nnext,row\n")

    first, last = read_records(open_csv(path))

    assert (first.problem is None) == (cells is not None)
    assert cells is None or first.cells == cells
    assert last.cells == ("next", "row")


def test_a_file_in_two_encodings_names_its_unreadable_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one,two\nZo\xeb,x\nZo\xc3\xab,y\n")

    assert [one.problem is not None for one in read_records(open_csv(path, "utf-8"))] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "content", ["", "\n\n", "\x00" * 3, ",,\na,b,c\n", "PK\x03\x04 a workbook"]
)
def test_a_file_without_headings_is_refused(tmp_path: Path, content: str) -> None:
    path = write(tmp_path / "a.csv", content)

    with pytest.raises(ImportRefused):
        open_csv(path)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no such encoding"):
        open_csv(write(tmp_path / "a.csv", "one\n1\n"), "klingon")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "plain", "'quoted", ""])
def test_a_protected_cell_is_no_formula_and_comes_back(text: str) -> None:
    assert not protect_cell(text).startswith(("=", "+", "-", "@", "\t"))
    assert unprotect_cell(protect_cell(text)) == text
