"""Spreadsheets as Excel and its kin save them: read, or refused with the true reason."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.roster import Entry, Roster

HEADER = ("division_id", "role", "title", "salutation", "email", "address", "voice", "fax")
DIVISION = "ocd-division/country:us/state:ma/county:middlesex"
ROW = (
    DIVISION,
    "board",
    "Junta de Peñas",
    "Dear Members of the Board",
    "clerk@county.example",
    "1 City Hall Square;Cambridge, MA 02139",
    "617-555-0100",
    "",
)


def quote(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if delimiter in cell else cell


def draw(*rows: Sequence[str], delimiter: str = ",", end: str = "\r\n") -> str:
    lines = (delimiter.join(quote(cell, delimiter) for cell in row) for row in rows)
    return "".join(f"{line}{end}" for line in lines)


def read(path: Path, text: str | bytes, name: str = "bodies.csv") -> Roster:
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_roster([file], utcnow().date())


def refuse(path: Path, text: str | bytes, name: str = "bodies.csv") -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path, text, name)
    return str(refused.value)


def check(entry: Entry) -> None:
    [office] = entry.offices
    assert (entry.area.division_id, entry.title) == (DIVISION, "Junta de Peñas")
    assert entry.salutation == "Dear Members of the Board"
    assert (office.email, office.voice, office.fax) == (
        "clerk@county.example",
        "617-555-0100",
        None,
    )
    assert office.address == ("1 City Hall Square", "Cambridge, MA 02139")


TITLE = ("Roster of October", *[""] * 7)
BLANK = ("",) * 8
WIDE = ("", "")
LOUD = ("Division ID", "ROLE", "Title", "salutation", "E-Mail", "address ", "Voice", "FAX")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (draw(HEADER, ROW), None),
        (draw(HEADER, ROW, end="\r"), None),
        ("\ufeff" + draw(HEADER, ROW), None),
        (draw(HEADER, ROW, delimiter=";"), "separated by semicolons"),
        ("\ufeff" + draw(HEADER, ROW, delimiter=";"), "separated by semicolons"),
        (draw(HEADER, ROW, delimiter="\t"), "separated by tabs"),
        (draw(HEADER, ROW, delimiter="|"), "separated by bars"),
        ("sep=,\r\n" + draw(HEADER, ROW), "row 1: 'sep='"),
        ("\ufeffsep=;\r\n" + draw(HEADER, ROW, delimiter=";"), "row 1: 'sep='"),
        ("SEP=;\n" + draw(HEADER, ROW, delimiter=";"), "row 1: 'sep='"),
        ('"sep=;"\r\n' + draw(HEADER, ROW, delimiter=";"), "row 1: 'sep='"),
        ("sep=\t\r\n" + draw(HEADER, ROW, delimiter="\t"), "row 1: 'sep='"),
        ("sep=\\t\r\n" + draw(HEADER, ROW, delimiter="\t"), "row 1: 'sep='"),
        ("sep=,,,,,,,\r\n" + draw(HEADER, ROW), "row 1: 'sep='"),
        ("sep=;\r\n" + draw(HEADER, ROW), "row 1: 'sep='"),
        (draw(TITLE, HEADER, ROW), "row 1: 'Roster of October' skipped"),
        (draw(TITLE[:1], BLANK, HEADER, ROW), "row 1: 'Roster of October' skipped"),
        (draw(BLANK, BLANK, HEADER, ROW), None),
        ("\r\n\r\n" + draw(HEADER, BLANK, ROW, BLANK), None),
        (draw(LOUD, ROW), "the column 'E-Mail' is read as 'email'"),
        (draw(HEADER + WIDE, ROW + WIDE), "row 1: empty columns without a name skipped"),
        (draw(HEADER + WIDE, ROW), "row 1: empty columns without a name skipped"),
        (draw(HEADER, ROW + WIDE), "row 1: empty columns without a name skipped"),
        (draw(("", *HEADER), ("", *ROW)), "row 1: empty columns without a name skipped"),
        (draw((*HEADER, ""), (*ROW, ""), delimiter=";"), "separated by semicolons"),
        (draw(HEADER, ROW).encode("utf-16"), "read as UTF-16"),
        (draw(HEADER, ROW, delimiter="\t").encode("utf-16"), "read as UTF-16"),
        (b"\xfe\xff" + draw(HEADER, ROW, delimiter="\t").encode("utf-16-be"), "read as UTF-16"),
    ],
)
def test_what_a_spreadsheet_program_writes_is_read_and_said(
    tmp_path: Path, text: str | bytes, said: str | None
) -> None:
    roster = read(tmp_path, text)

    [entry] = roster.entries
    check(entry)
    if said is None:
        assert roster.notes == ()
    else:
        assert any(said in note for note in roster.notes)


def test_tab_separated_text_may_have_its_own_ending(tmp_path: Path) -> None:
    text = draw(HEADER, ROW, delimiter="\t")

    for name in ("bodies.txt", "bodies.tsv"):
        [entry] = read(tmp_path, text.encode("utf-16"), name).entries
        check(entry)


def test_rows_are_counted_as_the_spreadsheet_counts_them(tmp_path: Path) -> None:
    bad = (*ROW[:4], "nobody", *ROW[5:])

    [note] = [note for note in read(tmp_path, draw(HEADER, bad)).notes if "nobody" in note]
    assert note.startswith("bodies.csv, row 2:")
    titled = read(tmp_path, "sep=,\r\n" + draw(TITLE, BLANK, HEADER, BLANK, bad)).notes
    assert any(note.startswith("bodies.csv, row 6: the e-mail") for note in titled)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (draw(HEADER, ROW).encode("cp1252"), "0xF1) is not UTF-8; in Windows-1252 it is 'ñ'"),
        (draw(HEADER, ROW).encode("cp1252"), "CSV UTF-8"),
        (
            draw(HEADER, ROW).encode("utf-16-le"),
            "two bytes each (UTF-16), without a byte order mark",
        ),
        (
            draw(HEADER, ROW).encode("utf-16")[:-1],
            "is not UTF-16, although its byte order mark says so",
        ),
        (b"PK\x03\x04" + bytes(100), "it is a workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "it is a workbook"),
        ("sep=,\r\n", "the file is empty"),
        (draw(HEADER), "the file is empty"),
        (draw((*HEADER, "E-mail"), (*ROW, "")), "the column 'email' appears twice"),
        (draw((*HEADER, ""), (*ROW, "x")), "cell 9 contains 'x' in a column without a name"),
        (draw(HEADER, ROW, (*ROW, "")), "row 3: it has 9 cells"),
        (draw(HEADER, ROW[:7]), "row 2: it has 7 cells; expected 8, as many as the header; a cell"),
        (
            ";".join(HEADER) + "\n" + ";".join(ROW) + "\n",
            "quote the cells that contain a semicolon",
        ),
        (",".join(HEADER) + "\n" + ",".join(ROW) + "\n", "quote the cells that contain a comma"),
        ("Town,Clerk\r\nBoston,Ada\r\n", "row 1: its columns match no known format"),
    ],
)
def test_what_would_be_guessing_is_refused_with_its_reason(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    assert words in refuse(tmp_path, text)


@pytest.mark.parametrize("column", [2, 3, 5])
@pytest.mark.parametrize("behind", [1, 2])
def test_one_comma_too_many_is_never_taken_for_an_empty_column(
    tmp_path: Path, column: int, behind: int
) -> None:
    cells = list(ROW[:6]) + ["", ""]
    cells[column : column + 1] = ["1 City Hall Square;Cambridge", "MA 02139"]
    rows = draw(HEADER, cells) if behind == 1 else draw(HEADER, cells, cells)

    assert "quote the cells that contain a comma" in refuse(tmp_path, rows)


def test_a_workbook_is_to_be_saved_as_text_and_not_renamed(tmp_path: Path) -> None:
    assert "CSV UTF-8" in refuse(tmp_path, b"PK\x03\x04", "bodies.xlsx")


@given(
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    above=st.integers(0, 3),
    behind=st.integers(0, 3),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    sep=st.booleans(),
)
def test_any_mix_of_these_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    delimiter: str,
    end: str,
    above: int,
    behind: int,
    encoding: str,
    sep: bool,
) -> None:
    wide = ("",) * behind
    rows = [("Roster", *[""] * (7 + behind))] * above + [HEADER + wide, ROW + wide]
    text = (f"sep={delimiter}{end}" if sep else "") + draw(*rows, delimiter=delimiter, end=end)

    [entry] = read(tmp_path_factory.mktemp("mix"), text.encode(encoding)).entries

    check(entry)
