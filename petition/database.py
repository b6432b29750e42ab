"""The declarative base with its constraint names, and what each engine needs."""

import sqlite3
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Engine, Integer, MetaData, String, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from petition.columns import UtcDateTime

SQLITE_BUSY_SECONDS = 15
# The number of PostgreSQL's advisory lock on which boundaries are in force.
BOUNDARIES_LOCK = 101
# PostgreSQL's classes of error that say "not now": no connection, out of resources, shutting
# down, and a lock or serialisation that lost.
RETRYABLE_SQLSTATES = ("08", "53", "57P", "40", "55P03")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all models: named constraints, aware UTC, big ids."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        int: Integer(),
        str: String(),
    }


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the database may well accept the same work later."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(RETRYABLE_SQLSTATES)
    if isinstance(error.orig, sqlite3.OperationalError):
        words = str(error.orig)
        return any(
            sign in words for sign in ("locked", "full", "unable to open", "disk I/O", "readonly")
        )
    return isinstance(error, OperationalError)


def prepare_engine(engine: Engine) -> None:
    """Make SQLite durable, concurrent and strict; PostgreSQL needs nothing.

    - WAL lets readers go on beside one writer; FULL makes each commit survive a power cut.
    - The driver's own implicit transactions are switched off: BEGIN is ours to word.
    """
    if engine.dialect.name != "sqlite":
        return

    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cast(sqlite3.Connection, connection).isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={SQLITE_BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # INSERT OR REPLACE would otherwise delete past the triggers that refuse it.
            "recursive_triggers=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT, in the words of the session's database."""
    if is_sqlite(session):
        return sqlite.insert(table)
    return postgresql.insert(table)


def is_sqlite(session: Session) -> bool:
    """Return whether the session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def hold_boundaries(session: Session, *, change: bool = False) -> None:
    """Let no boundaries come into force before the commit; ``change``: bring some, alone.

    - First of all in a transaction, so that what it reads then is as it stays. PostgreSQL has a
      lock for it in which those who wait stand in line; SQLite has one writer anyway.
    """
    if not is_sqlite(session):
        kind = "" if change else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}({BOUNDARIES_LOCK})"))
