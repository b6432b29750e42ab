"""Rosters that nobody means well with: read, or refused whole with the place and the reason."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import db
from petition.models import District, Official, Post, Term
from petition.officials.rosters.format_detection import read_roster
from tests.officials.world import (
    BODIES_HEADER,
    CSV_HEADER,
    FULL,
    MA,
    describe,
    import_files,
    lay_massachusetts,
)

PERSON = 'ocd-person/00000001,Ada Example,,"First Essex",upper,Ada,Example,a@b.example,,,,,,'
BODY = f"{MA}/place:boston,council,City Council,Dear Councilors,c@b.example,1 Hall,617-555-0100,"
TABLES = [f"{CSV_HEADER}\n{PERSON}\n", f"{BODIES_HEADER}\n{BODY}\n"]
YAML = "---\n".join(json.dumps(document, indent=1) + "\n" for document in FULL[:2])
FILES = [("ma.csv", TABLES[0]), ("bodies.csv", TABLES[1]), ("ma.yml", YAML)]
PLACE = re.compile(r"(ma|bodies)\.(csv|yml)(, |:)")

ODD = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *(
                "!!timestamp x",
                "!!bool x",
                "!!binary x",
                "&a [*a]",
                "*a",
                "<<: 1",
                "? [a]",
                "9" * 400,
            ),
            *("\0", "\x1b[31m", "\u202e", "\u2028", "\u0085", "\ufffe", "\ud83d", "9" * 400),
            *(
                ",",
                ";",
                "\t",
                "|",
                "\r",
                "\n",
                "\r\n",
                "sep=;\n",
                "---\n",
                "[" * 3_000,
                "{a: " * 900,
            ),
            *("2026-02-30", "0000", "10000-01", "\u0662\u0660\u0662\u0666", "=1+1", "N" * 3_000),
        ]
    ),
)
Change = tuple[int, int, str]
CHANGES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 9), ODD), min_size=1, max_size=3)


def change(text: str, changes: list[Change]) -> bytes:
    """Return a file in which some characters are others."""
    for at, taken, given_ in changes:
        at %= len(text) + 1
        text = text[:at] + given_ + text[at + taken :]
    return text.encode("utf-8", "surrogatepass")


def read(path: Path) -> str:
    """Read a file; return the refusal, empty where it was read."""
    try:
        read_roster([path], utcnow().date())
    except ImportRefused as refused:
        return str(refused)
    return ""


def check(message: str) -> None:
    if message:
        assert PLACE.search(message), message
        assert "expected" in message and message.endswith("Nothing was imported.")


@given(st.sampled_from(FILES), CHANGES)
@example(("ma.yml", "!!timestamp x"), [(0, 0, "")])
@example(("ma.yml", "a: !!bool x"), [(0, 0, "")])
def test_a_file_that_was_changed_is_read_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, file: tuple[str, str], changes: list[Change]
) -> None:
    path = tmp_path_factory.mktemp("roster") / file[0]
    path.write_bytes(change(file[1], changes))

    check(read(path))


@given(st.sampled_from(["ma.csv", "ma.yml"]), st.binary(max_size=200))
def test_a_file_of_any_bytes_is_read_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("roster") / name
    path.write_bytes(content)

    check(read(path))


@pytest.mark.parametrize(
    "tag", ["!!timestamp x", "!!bool x", "!!int 3", "!!binary eA==", "!!set {a}"]
)
def test_a_value_of_another_kind_is_refused_with_its_line(tmp_path: Path, tag: str) -> None:
    (tmp_path / "ma.yml").write_text(f"id: ocd-person/1\nname: Ada\nemail: {tag}\n")

    assert read(tmp_path / "ma.yml").startswith("ma.yml, line 3: it is not valid YAML")


def test_a_sign_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "ma.yml").write_text("id: ocd-person/1\nname: A\x07da\n")

    assert read(tmp_path / "ma.yml").startswith("ma.yml, line 2: it contains U+0007")


def nest(levels: int) -> str:
    """Return lists of aliases of each other: 9 to the power of ``levels`` values."""
    first = "a0: &a0 [x]\n"
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, levels)]
    return first + "".join(lines)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (nest(12), "anchor"),
        ("- id: ocd-person/1\n  name: *who\n", "anchor"),
        ("- &who\n  id: ocd-person/1\n", "anchor"),
        ("? &who a\n: b\n", "anchor"),
        ("- <<: {id: ocd-person/1}\n", "merge key"),
        ("- ? !!merge x\n  : {id: ocd-person/1}\n", "merge key"),
        ("[" * 1_500_000, "deep"),
        ("{a: " * 700_000, "deep"),
        ("- " * 1_500_000 + "a", "deep"),
        ("? " * 1_500_000 + "a", "deep"),
        ("[" + "a," * 1_400_000 + "a]", "values"),
        ("[" + "{}," * 900_000 + "{}]", "values"),
        ("--- a\n" * 500_001, "values"),
    ],
    ids=lambda text: text[:12],
)
def test_a_yaml_that_takes_much_more_than_its_bytes_is_refused(
    tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "ma.yml").write_text(content)

    refusal = read(tmp_path / "ma.yml")

    assert problem in refusal and refusal.startswith("ma.yml, line ")
    check(refusal)


def test_a_quoted_sign_of_an_alias_is_text(tmp_path: Path) -> None:
    (tmp_path / "ma.yml").write_text('- "*a"\n- "<<"\n- R&D\n')

    assert "ma.yml, item 1: its structure is not known" in read(tmp_path / "ma.yml")


@pytest.mark.parametrize("row", ["a\n", "\n", ",,,,,,,,,,,,,a\n", f"{PERSON}\n"])
def test_a_table_of_too_many_rows_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "ma.csv").write_text(f"{CSV_HEADER}\n" + row * 60_000)

    refusal = read(tmp_path / "ma.csv")

    assert refusal.startswith("ma.csv: it has more than 50,000 rows")


def count() -> dict[str, Any]:
    """Return all that is stored, and end the transaction."""
    found = {
        table.__name__: db.session.scalar(select(func.count()).select_from(table))
        for table in (Post, Official, Term)
    }
    db.session.remove()
    return found


LEAVES: list[Callable[[dict[str, Any], Any], dict[str, Any]]] = [
    *(
        lambda document, value, key=key: document | {key: value}
        for key in ("name", "given_name", "family_name", "email", "id", "offices", "roles")
    ),
    *(
        lambda document, value, key=key: (
            document | {"offices": [document["offices"][0] | {key: value}]}
        )
        for key in ("classification", "address", "voice", "fax", "email")
    ),
    *(
        lambda document, value, key=key: document | {"roles": [document["roles"][0] | {key: value}]}
        for key in ("type", "jurisdiction", "district", "start_date", "end_date")
    ),
]
VALUES = st.one_of(
    ODD,
    st.lists(ODD, max_size=2),
    st.text("\x85\u2028\u202e\u200b\u3164 aé;,@.-/0", max_size=400),
    st.dictionaries(st.just("address"), st.text(max_size=5), max_size=1),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(LEAVES), VALUES)
def test_what_is_imported_stays_so_and_what_is_refused_stores_nothing(
    context: AppContext,
    tmp_path: Path,
    put: Callable[[dict[str, Any], Any], dict[str, Any]],
    value: Any,
) -> None:
    if not db.session.scalar(select(func.count()).select_from(District)):
        lay_massachusetts()  # all examples share a database
    path = tmp_path / "ma.yml"
    path.write_text(json.dumps([*FULL[1:], put(describe(1), value)]), "utf-8")
    before = count()

    try:
        import_files(path)
    except ImportRefused as refused:
        db.session.remove()
        check(str(refused))
        assert count() == before
        return

    stored = count()
    assert not import_files(path).changed
    assert count() == stored
