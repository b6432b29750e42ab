"""The declarative base with its constraint names, and the setup of each database engine."""

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, Integer, MetaData, String, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.core.sqlite_write_queue import queue_writers

# Its developers support no older version, and Hundredth was tested on none.
OLDEST_POSTGRESQL = 15
SQLITE_BUSY_SECONDS = 15
# A connection that was idle in the pool for longer is pinged before use: at most one ping in this
# time, not one per signature. One that breaks within it causes one answer of 503.
TRUSTED_SECONDS = 1.0
# The number of PostgreSQL's advisory lock on the boundaries in force.
BOUNDARIES_LOCK = 101
# The one on the numbers of changes of consents.
CONSENT_NUMBERS_LOCK = 104
# 105 is that of the triggers that keep an admin (migration 0032).
# The class of its two-part locks for the mails to a mailbox; the other part is from its hash.
MAILBOX_LOCKS = 102
# The class of its two-part locks for counting; the other part is the campaign's id.
COUNTING_LOCKS = 103
# PostgreSQL's classes of transient errors: no connection, out of resources, shutting down, and a
# lock or serialization that failed.
RETRYABLE_SQLSTATES = ("08", "53", "57P", "40", "55P03")

# Key in the ``info`` of a foreign key that a trigger of the same name enforces on PostgreSQL.
HELD_BY_TRIGGER = "held by trigger on PostgreSQL"

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


def describe_too_old(connection: Connection) -> str | None:
    """Return a text if PostgreSQL is older than the oldest supported; otherwise None."""
    version = connection.dialect.server_version_info or (0,)
    if connection.dialect.name != "postgresql" or int(version[0]) >= OLDEST_POSTGRESQL:
        return None
    return f"PostgreSQL {version[0]} is older than {OLDEST_POSTGRESQL}, the oldest that works"


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the database may accept the same work later."""
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


def lacks_tables(error: DBAPIError) -> bool:
    """Return whether a table or a column is missing: the database was not migrated."""
    words = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)  # undefined_table, undefined_column
    return state in ("42P01", "42703") or words.startswith(("no such table", "no such column"))


def prepare_engine(engine: Engine) -> None:
    """Make SQLite durable, concurrent and strict, and check PostgreSQL's idle connections.

    - WAL lets readers run beside one writer; FULL makes each commit survive a power cut.
    - SQLite's driver begins no transaction by itself: Hundredth issues BEGIN, or leaves it out.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        queue_writers(engine)
    else:
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ask_after_rest(engine))


def _set_pragmas(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cast(sqlite3.Connection, connection).isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # Without it, INSERT OR REPLACE would delete rows without firing the triggers that refuse.
        "recursive_triggers=ON",
        # Deleted bytes are overwritten, not only marked as free.
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    if mode is not None:
        connection.exec_driver_sql(f"BEGIN {mode}")


def _note_rest(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _ask_after_rest(engine: Engine) -> Callable[..., None]:
    """Return a listener that pings a connection after ``TRUSTED_SECONDS`` of rest.

    - SQLAlchemy's ``pool_pre_ping`` pings on each checkout, at a tenth of the cost of a signing.
    """

    def on_checkout(connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
        rests_since = record.info.get("rests_since")
        if rests_since is None or time.monotonic() - rests_since < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool replaces all of its connections

    return on_checkout


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that supports ON CONFLICT, in the dialect of the session's database."""
    return insert_in(session.get_bind().dialect.name, table)


def insert_in(dialect: str, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that supports ON CONFLICT, in the given dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def read_clock(session: Session | Connection) -> datetime:
    """Return the time of the database's clock; SQLite uses this host's."""
    bind = session.get_bind() if isinstance(session, Session) else session
    if bind.dialect.name == "sqlite":
        return utcnow()
    found: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return found


def is_sqlite(session: Session) -> bool:
    """Return whether the session's database is SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def hold_boundaries(session: Session, *, change: bool = False) -> None:
    """Lock the boundaries in force until the commit; exclusively for a ``change``, else shared.

    - Must come first in a transaction, so that what it reads afterwards does not change. PostgreSQL
      uses an advisory lock with a queue of those that wait; SQLite has only one writer.
    """
    if not is_sqlite(session):
        kind = "" if change else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}({BOUNDARIES_LOCK})"))


def hold_mailbox(session: Session, mailbox: bytes) -> None:
    """Lock the count of mails to a mailbox until the commit; ``mailbox``: its hash."""
    if not is_sqlite(session):
        key = int.from_bytes(mailbox[:4], signed=True)
        statement = text("SELECT pg_advisory_xact_lock(:kind, :key)")
        session.execute(statement, {"kind": MAILBOX_LOCKS, "key": key})


def take_counting(session: Session, campaign_id: int) -> bool:
    """Return whether this transaction may count a campaign, which excludes others until it ends.

    - Counting two batches of a campaign at once gains little, since both lock the same tallies; a
      worker that is refused is free for other work. Correct counts do not depend on it.
    - SQLite has only one writer.
    """
    if is_sqlite(session):
        return True
    statement = text("SELECT pg_try_advisory_xact_lock(:kind, :key)")
    return bool(session.scalar(statement, {"kind": COUNTING_LOCKS, "key": campaign_id}))
