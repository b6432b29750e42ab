"""The write queue of SQLite: locks that are released, and waits that time out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from petition.core import sqlite_write_queue
from petition.core.extensions import core_statements, core_transaction, db
from petition.core.settings import Settings
from petition.core.sqlite_write_queue import SUFFIX
from petition.models import Signature
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.ground import SLUG, fill_form, lay_ground

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def line(settings: Settings) -> Path:
    """The lock file."""
    return Path(f"{make_url(settings.database_url).database}{SUFFIX}")


@contextmanager
def take_turn(line: Path) -> Iterator[None]:
    """Hold the lock as another process would. Raises BlockingIOError if it is held already."""
    with line.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def is_free(line: Path) -> bool:
    """Return whether it is nobody's turn."""
    try:
        with take_turn(line):
            return True
    except BlockingIOError:
        return False


def count_signatures() -> int:
    """Return how many signatures are stored."""
    return db.session.scalar(select(func.count(Signature.id))) or 0


def count_open(line: Path) -> int:
    """Return how often this process has the file open."""
    return [file.path for file in psutil.Process().open_files()].count(os.path.realpath(line))


def test_a_turn_lasts_from_the_first_statement_to_the_end(context: AppContext, line: Path) -> None:
    with core_statements() as connection:
        assert not line.exists() or is_free(line)
        connection.execute(Signature.__table__.select().limit(1)).all()
        assert not is_free(line)
    assert is_free(line)

    with core_transaction():
        assert not is_free(line)
    assert is_free(line)


def test_a_turn_ends_where_a_transaction_fails(context: AppContext, line: Path) -> None:
    with pytest.raises(ZeroDivisionError), core_transaction():
        raise ZeroDivisionError

    assert is_free(line)


def test_a_process_that_keeps_its_turn_stops_nobody(context: AppContext, line: Path) -> None:
    lay_ground()
    with take_turn(line):
        for number in range(3):
            sign(SLUG, fill_form(number), known_postal_code)

    assert count_signatures() == 3


def test_who_went_on_without_a_turn_waits_for_none_while_it_writes(
    context: AppContext, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []
    wait = sqlite_write_queue._wait
    monkeypatch.setattr(sqlite_write_queue, "_wait", lambda file: waits.append(file) or wait(file))
    with core_transaction():
        pass  # makes the file
    waits.clear()

    with take_turn(line), core_transaction() as connection:
        for _ in range(5):
            connection.execute(select(Signature.id)).all()

    assert len(waits) == 1


def test_signing_needs_no_line(context: AppContext, line: Path) -> None:
    lay_ground()
    line.mkdir()  # so that no file can be made there

    sign(SLUG, fill_form(0), known_postal_code)

    assert count_signatures() == 1


def test_a_closed_connection_leaves_no_open_file(app: Flask, line: Path) -> None:
    with app.app_context():
        for _ in range(3):
            with core_transaction():
                assert count_open(line) == 1
            db.engine.dispose()
            assert count_open(line) == 0
