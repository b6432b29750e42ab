"""What retention erases is overwritten in SQLite's files too, not only taken off a list."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from petition.core.extensions import db
from petition.retention.wal_checkpoints import checkpoint_after_erasures
from tests.retention.world import DAYS, add_closed, add_said, add_struck, erase_kind

pytestmark = pytest.mark.own_database

PEOPLE = "SELECT person FROM signatures WHERE person IS NOT NULL"


def read_files(path: Path) -> bytes:
    files = (path, path.with_name(f"{path.name}-wal"))
    return b"".join(file.read_bytes() for file in files if file.exists())


@pytest.mark.parametrize("name", ["struck", "closed", "said"])
def test_nothing_is_left_in_the_database_or_its_log(limited: Flask, name: str) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("what PostgreSQL overwrites in its files, and when, is its own")
    path = Path(str(db.engine.url.database))
    add = {"struck": add_struck, "closed": add_closed, "said": add_said}[name]
    add(timedelta(days=DAYS[name], minutes=1))
    query = "SELECT said FROM attempts" if name == "said" else PEOPLE
    value = db.session.scalars(text(query)).one()
    secret = value.encode() if isinstance(value, str) else bytes(value)
    db.session.rollback()
    assert checkpoint_after_erasures() in (0, 1)
    assert secret in read_files(path)

    assert erase_kind(name) == 1
    assert checkpoint_after_erasures() == 1

    pieces = [secret[start : start + 24] for start in range(0, max(1, len(secret) - 24), 24)]
    content = read_files(path)
    assert [piece for piece in pieces if piece in content] == []
