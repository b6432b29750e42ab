"""FAULT 20: whoever erased is nowhere: no row, no file, no queue; nor after an old backup starts.

(Row by row, and what a backup brings back: tests/signers/test_decision_replay.py.)
"""

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import RowMapping, Table, delete, insert, select, text

from petition.cli.supervisor import startup
from petition.core.database import Base
from petition.core.extensions import db, transaction
from petition.models import Signature
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.ground import fill_form
from tests.web.public_world import make_world, open_page, sign

FIELDS = ("given_name", "family_name", "street_address", "locality", "comment")
CANARIES = {name: f"Canary{name.replace('_', '')}" for name in FIELDS}
FORM = fill_form(1) | CANARIES | {"email": "canary@people.example", "publish_comment": "1"}
FORM |= {"show_name": "1", "notify": "1", "tell_successor": "1"}


def back_up(app: Flask, folder: Path) -> Callable[[], None]:
    """Save the whole database; return what puts it back, and forgets all that came after."""
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            live, saved = str(engine.url.database), folder / "backup.sqlite3"
            with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(saved)) as copy:
                source.backup(copy)
            return lambda: put_file_back(app, live, saved)
        tables = Base.metadata.sorted_tables
        rows = {table: db.session.execute(select(table)).mappings().all() for table in tables}
        db.session.rollback()
        return lambda: put_rows_back(app, rows)


def put_file_back(app: Flask, live: str, saved: Path) -> None:
    with app.app_context():
        db.engine.dispose()
    for ending in ("-wal", "-shm"):
        Path(live + ending).unlink(missing_ok=True)
    shutil.copyfile(saved, live)


def put_rows_back(app: Flask, rows: Mapping[Table, Sequence[RowMapping]]) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # as pg_restore
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        for table, kept in rows.items():
            if kept:
                session.execute(insert(table), [dict(row) for row in kept])


class Steps:
    """What ``petition up`` tells of its start."""

    def add(self, *_: str) -> None: ...


def find_canaries(app: Flask) -> set[str]:
    """Return where anything of the signer is: rows as the service opens them, files, Redis."""
    found = set()
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = db.session.execute(select(table)).all()
            if "anary" in repr(rows):
                found.add(table.name)
        db.session.rollback()
    data = Path(app.extensions["hundredth"].data_dir)
    for path in data.rglob("*"):
        if path.is_file() and b"anary" in path.read_bytes():
            found.add(str(path.relative_to(data).parts[0]))
    redis = app.extensions["hundredth-queues"].redis
    if any(b"anary" in key + (redis.dump(key) or b"") for key in redis.keys("*")):
        found.add("redis")
    return found


def test_who_erased_is_nowhere_and_an_old_backup_neither_knows_nor_mails_them(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app, confirm_email=True)
    assert sign(app, FORM).status_code == 303
    restore = back_up(app, tmp_path)
    with app.app_context():
        mail_batch()
        signature_id = db.session.scalars(select(Signature.id)).one()
        page = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    assert find_canaries(app) == {"signatures", "mail"}

    app.test_client().post(page, data={"do": "erase"})

    assert find_canaries(app) == set()
    assert "anary" not in open_page(app, page).text + open_page(app, f"{page}/data.json").text

    restore()
    assert find_canaries(app) == {"signatures"}
    with app.app_context():
        monkeypatch.setattr(startup, "create_app", lambda _: app)
        startup.prepare(app.extensions["hundredth"], Steps())  # type: ignore[arg-type]
        assert (mail_batch(), send_batch()) == (0, 0)

    assert find_canaries(app) == set()
    assert "anary" not in open_page(app, page).text + open_page(app, f"{page}/data.json").text
