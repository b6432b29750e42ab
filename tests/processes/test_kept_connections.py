"""A connection to PostgreSQL that one test leaves and the next one takes brings nothing along."""

import os
import select

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests.kept_database import Kept, KeptConnection

LEFT = (
    "SELECT pg_advisory_lock(7)",
    "SET work_mem = '1MB'",
    "CREATE TEMPORARY TABLE left_over (id integer)",
)

LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


@pytest.fixture(autouse=True)
def none_kept(kept_database: Kept) -> None:
    """Begin without those that earlier tests of this process have put aside."""
    kept_database.connections.close()


def make_engine(kept_database: Kept) -> Engine:
    engine = create_engine(kept_database.url.replace("postgresql://", "postgresql+psycopg://"))
    kept_database.connections.lend_to(engine)
    return engine


def ask(connection: Connection, question: str) -> object:
    return connection.scalar(text(question))


def use(kept_database: Kept, *statements: str) -> object:
    """Execute and commit by an engine of its own; return the server process."""
    engine = make_engine(kept_database)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        pid = ask(connection, "SELECT pg_backend_pid()")
    engine.dispose()
    return pid


def test_what_a_test_left_on_a_connection_is_not_there_for_the_next(kept_database: Kept) -> None:
    pid = use(kept_database, *LEFT)

    with make_engine(kept_database).connect() as connection:
        assert ask(connection, "SELECT pg_backend_pid()") == pid
        assert ask(connection, "SHOW work_mem") != "1MB"
        assert ask(connection, "SELECT to_regclass('pg_temp.left_over')") is None
        held = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert ask(connection, held) == 0


def test_one_whose_server_process_has_ended_is_not_taken(kept_database: Kept) -> None:
    pid = use(kept_database)
    (aside,) = [one for _, one in kept_database.connections._free if one.info.backend_pid == pid]
    with psycopg.connect(kept_database.url) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert select.select([aside], [], [], 10)[0]

    with make_engine(kept_database).connect() as connection:
        assert ask(connection, "SELECT pg_backend_pid()") != pid


def test_one_in_a_transaction_is_closed(kept_database: Kept) -> None:
    raw = make_engine(kept_database).raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, KeptConnection)
    driver.execute("SELECT 1")

    driver.close()

    assert driver.closed
    assert driver not in [one for _, one in kept_database.connections._free]


def test_a_forked_process_takes_none(kept_database: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    use(kept_database)
    monkeypatch.setattr(os, "getpid", lambda: 1)

    with make_engine(kept_database).connect() as connection:
        assert not isinstance(connection.connection.driver_connection, KeptConnection)
