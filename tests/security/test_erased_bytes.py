"""After an erasure nothing of the person is left in SQLite's files, whoever has the key."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import text

from petition.core.extensions import db, transaction
from petition.retention.wal_checkpoints import checkpoint_after_erasures
from petition.signers.erasure_log import find_journal
from petition.signers.withdraw import erase_signature
from tests.factories import make_campaign, make_person, make_signature

pytestmark = pytest.mark.own_database


@pytest.fixture
def path(app: Flask) -> Iterator[Path]:
    """The file of SQLite's database, in the app's context."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("files of SQLite")
        yield Path(str(db.engine.url.database))
        db.session.remove()


def add(how_many: int, words: str = "") -> dict[int, tuple[bytes, bytes]]:
    """Add signatures; return each with its sealed person and its digest."""
    with transaction() as session:
        campaign = make_campaign(session)
        for _ in range(how_many):
            make_signature(session, campaign, person=make_person(comment=words))
    with transaction() as session:
        query = "SELECT id, person, email_digest FROM signatures WHERE person IS NOT NULL"
        rows = session.execute(text(query)).all()
        return {row.id: (bytes(row.person), bytes(row.email_digest)) for row in rows}


def find_left(path: Path, erased: list[tuple[bytes, bytes]]) -> list[str]:
    """Return which files still hold a part of a sealed person, or a digest."""
    left = []
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")):
        content = file.read_bytes() if file.exists() else b""
        pieces = {digest for _, digest in erased}
        for person, _ in erased:
            pieces |= {person[start : start + 24] for start in range(0, len(person) - 24, 24)}
        left += [f"{file.name} {piece.hex()}" for piece in find_pieces(content, pieces)]
    return left


def find_pieces(content: bytes, pieces: Iterable[bytes]) -> set[bytes]:
    """Return which of some pieces stand anywhere in a file, in one pass for all of them.

    - By their first eight bytes, at each of the eight offsets that a number may have.
    """
    known: dict[int, list[bytes]] = {}
    for piece in pieces:
        known.setdefault(int.from_bytes(piece[:8], "little"), []).append(piece)
    heads = np.array(list(known), "<u8")
    found = set()
    for offset in range(8):
        numbers = np.frombuffer(content[offset : offset + (len(content) - offset) // 8 * 8], "<u8")
        for at in np.flatnonzero(np.isin(numbers, heads)):
            start = offset + 8 * int(at)
            found |= {one for one in known[int(numbers[at])] if content.startswith(one, start)}
    return found


def test_a_piece_is_found_wherever_it_stands() -> None:
    pieces = [os.urandom(24) for _ in range(20)]
    content = b"".join(bytes(number) + piece for number, piece in enumerate(pieces[1:]))

    assert find_pieces(content, pieces) == set(pieces[1:])
    assert find_pieces(content[1:-1], pieces) == set(pieces[2:-1])
    assert find_pieces(b"", pieces) == find_pieces(b"short", pieces) == set()


@pytest.mark.parametrize("words", ["", "A word. " * 100, "Many words. " * 1500])
def test_nothing_is_left_of_who_was_erased(path: Path, words: str) -> None:
    rows = add(200, words)
    erased = [number for number in rows if number % 7 == 0]
    for number in erased:
        erase_signature(number)

    assert checkpoint_after_erasures() == 1

    assert find_left(path, [rows[number] for number in erased]) == []
    kept = next(rows[number] for number in rows if number not in erased)
    assert find_left(path, [kept])


def test_it_waits_for_no_reader_and_is_tried_again(path: Path) -> None:
    rows = add(5)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM signatures").fetchone()
    number = next(iter(rows))
    erase_signature(number)

    assert checkpoint_after_erasures() == 0
    add(1)  # signing goes on
    reader.execute("COMMIT")

    assert checkpoint_after_erasures() == 1
    assert find_left(path, [rows[number]]) == []
    reader.close()


def test_it_rests_while_nobody_is_erased(path: Path) -> None:
    rows = add(2)
    erase_signature(next(iter(rows)))
    assert checkpoint_after_erasures() == 1
    os.utime(find_journal(), (0, 0))

    assert [checkpoint_after_erasures() for _ in range(2)] == [0, 0]

    erase_signature(list(rows)[1])
    assert checkpoint_after_erasures() == 1
