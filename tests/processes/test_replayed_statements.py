"""What SQLite takes and PostgreSQL refuses is found when its statements are replayed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Executable, func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from petition.core.extensions import db
from petition.models import Campaign, Organization
from tests.forked import run_forked
from tests.replayed_statements import BRANCHES, ROOT, Findings, Replay, Statements

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Run = Callable[..., Any]

REFUSED = {
    "a column that is not grouped": (
        select(Campaign.slug, func.count()).group_by(Campaign.title),
        "GroupingError",
    ),
    "a text compared with a number": (
        text("SELECT id FROM campaigns WHERE slug = 1"),
        "UndefinedFunction",
    ),
    "a function of SQLite": (select(func.julianday(Campaign.opens_at)), "UndefinedFunction"),
    "a boolean as a number": (
        text("SELECT id FROM campaigns WHERE confirm_email = 1"),
        "UndefinedFunction",
    ),
    "an operator of JSON on a text": (
        text("SELECT slug -> 'a' FROM campaigns WHERE id = 0"),
        "UndefinedFunction",
    ),
    "LIKE on a number": (text("SELECT id FROM campaigns WHERE id LIKE '1%'"), "UndefinedFunction"),
    "DISTINCT in another order": (
        select(Campaign.title).distinct().order_by(Campaign.id),
        "InvalidColumnReference",
    ),
    "a locked group": (
        select(Campaign.title, func.count()).group_by(Campaign.title).with_for_update(),
        "FeatureNotSupported",
    ),
    "a number that is too large": (update(Campaign).values(step=2**40), "NumericValueOutOfRange"),
    "a text with a zero character": (
        select(Campaign.id).where(Campaign.slug == "a\0b"),
        "DataError",
    ),
}

ACCEPTED = (
    select(Campaign).where(Campaign.slug.in_(["a", "b"])).with_for_update(skip_locked=True),
    select(Campaign.title, func.count()).group_by(Campaign.title).order_by(func.count()),
    update(Campaign).where(Campaign.id == 5).values(step=2**31 - 1, deadline=None),
    insert(Organization).values(slug="river", name="River"),
    sqlite.insert(Organization)
    .values(slug="river", name="River")
    .on_conflict_do_update(index_elements=["slug"], set_={"name": "Lake"}),
    text("SELECT id FROM campaigns WHERE step > :least AND slug IN (:one, :other)").bindparams(
        least=1, one="a", other="b"
    ),
)


@pytest.fixture
def run() -> Run:
    """Execute a statement from a line of the service."""
    names: dict[str, Any] = {}
    code = "def run(connection, *statement):\n    return connection.execute(*statement)\n"
    exec(compile(code, f"{ROOT}/petition/made_up.py", "exec"), names)
    found: Run = names["run"]
    return found


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with app.app_context():
        engine = db.engine
    with engine.connect() as connected:
        yield connected


def watch(statements: Statements, connection: Connection, run: Run, *used: Executable) -> Findings:
    with statements.watch(str(connection.engine.url.database)) as found:
        for statement in used:
            run(connection, statement)
            connection.rollback()
    return found


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_postgresql_alone_refuses_fails_the_test_that_used_it(
    kind: str, statements: Statements, replay: Replay, connection: Connection, run: Run
) -> None:
    statement, error = REFUSED[kind]

    found = watch(statements, connection, run, statement)
    found.refused += replay.find_refused(found.used)

    with pytest.raises(AssertionError, match=rf"petition/made_up.py:2: .*{error}"):
        found.check()


@pytest.mark.parametrize("statement", ACCEPTED)
def test_what_both_take_passes(
    statement: Executable,
    statements: Statements,
    replay: Replay,
    connection: Connection,
    run: Run,
) -> None:
    found = watch(statements, connection, run, statement)

    assert len(found.used) == 1
    assert replay.find_refused(found.used) == []
    found.check()


def test_a_statement_is_tried_again_only_with_another_kind_of_value(
    statements: Statements, connection: Connection, run: Run
) -> None:
    def find(step: int | None) -> Executable:
        return text("SELECT title FROM campaigns WHERE step = :step").bindparams(step=step)

    used = [
        len(watch(statements, connection, run, find(step)).used)
        for step in (1, 2, 2**31, 2**31 + 1, None, None)
    ]

    assert used == [1, 0, 1, 0, 1, 0]


def test_of_what_is_executed_for_many_rows_two_are_tried(
    statements: Statements, replay: Replay, connection: Connection, run: Run
) -> None:
    rows = [{"slug": f"o{number}", "name": "O"} for number in range(5)]

    with statements.watch(str(connection.engine.url.database)) as found:
        run(connection, insert(Organization), rows)
        connection.rollback()

    assert [row["slug"] for row in found.used[0].parameters] == ["o0", "o1"]
    assert replay.find_refused(found.used) == []


def test_what_a_test_asks_by_itself_is_not_tried(
    statements: Statements, connection: Connection
) -> None:
    with statements.watch(str(connection.engine.url.database)) as found:
        connection.execute(text("SELECT julianday('now'), 5"))

    assert found.used == []


def test_what_is_written_for_one_database_is_refused(
    statements: Statements, replay: Replay, connection: Connection, run: Run
) -> None:
    names: dict[str, Any] = {}
    code = "def run(connection):\n    connection.exec_driver_sql('REINDEX')\n"
    exec(compile(code, f"{ROOT}/petition/made_up.py", "exec"), names)

    with statements.watch(str(connection.engine.url.database)) as found:
        names["run"](connection)
    found.refused += replay.find_refused(found.used)

    with pytest.raises(AssertionError, match="written for one database: REINDEX"):
        found.check()


def test_only_known_modules_may_use_what_sqlite_alone_has(
    statements: Statements, replay: Replay, connection: Connection, run: Run
) -> None:
    statement = text("SELECT value FROM json_each('[1, 2]')")

    found = watch(statements, connection, run, statement)

    assert "petition/made_up.py" not in BRANCHES
    assert len(replay.find_refused(found.used)) == 1


def refuse(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        connection.execute(text("INSERT INTO organizations (id) VALUES (1)"))
    connection.rollback()


def use_a_thread(connection: Connection) -> None:
    def ask() -> None:
        with connection.engine.connect() as other:
            other.execute(text("SELECT 1"))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()


def start(_: Connection) -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def fork(_: Connection) -> None:
    run_forked(["-c", ""], dict(os.environ))


def kill(_: Connection) -> None:
    os.kill(os.getpid(), 0)


BREACHES = {
    refuse: "a statement that the database refused .IntegrityError",
    use_a_thread: "executes statements in a thread that it starts",
    start: "starts, forks or signals a process .python",
    fork: "starts, forks or signals a process .tests.forked",
    kill: "starts, forks or signals a process .os.kill",
}


@pytest.mark.parametrize("do", BREACHES)
def test_what_postgresql_may_do_otherwise_needs_both_databases(
    do: Callable[[Connection], None], statements: Statements, connection: Connection
) -> None:
    with statements.watch(str(connection.engine.url.database)) as found:
        do(connection)

    with pytest.raises(AssertionError, match=f"mark it both_databases: it .*{BREACHES[do]}"):
        found.check()


def test_what_another_database_refuses_is_not_of_this_test(
    statements: Statements, connection: Connection
) -> None:
    with statements.watch("another.sqlite3") as found:
        refuse(connection)

    found.check()


def test_nothing_is_noted_outside_of_tests_on_sqlite_alone(
    statements: Statements, connection: Connection, run: Run
) -> None:
    found = watch(statements, connection, run)
    run(connection, text("SELECT 'nobody watches'"))
    start(connection)

    assert found == Findings()
