"""The databases of tests: where their files are, and one that is emptied, not made anew."""

import os
import select
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

# What a connection that is taken again no longer has: locks, subscriptions, cursors, settings,
# temporary tables and the last values of sequences. Only prepared statements stay.
FORGET = (
    "SELECT pg_advisory_unlock_all(); UNLISTEN *; CLOSE ALL; RESET SESSION AUTHORIZATION; "
    "RESET ALL; DISCARD TEMP; DISCARD SEQUENCES"
)

# What the name of a test and its engine differ in.
UNLIKE = ("application_name", "context")

# Where Linux keeps files in memory, and the bytes that PostgreSQL may take of it; containers often
# have less.
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def find_quick_folder() -> Path:
    """Return a folder in memory where there is room, else that of temporary files.

    - By its size, not by what is free: all processes of a run must find the same.
    """
    try:
        if shutil.disk_usage(MEMORY).total >= ROOM and os.access(MEMORY, os.W_OK):
            return MEMORY
    except OSError:
        pass
    return Path(tempfile.gettempdir())


def hurry(connection: DBAPIConnection, _: object) -> None:
    """Let a test's SQLite not wait for its disk: like PostgreSQL's it need survive no power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


class KeptConnection(psycopg.Connection[Any]):
    """A connection that is put aside where it would be closed, if it is fit to be taken again."""

    aside: "Connections | None" = None
    wanted: dict[str, Any]

    def close(self) -> None:
        """Put it aside, or end it."""
        if self.aside is None or not self.aside.put(self):
            super().close()

    def end(self) -> None:
        """End it."""
        self.aside = None
        self.close()


class Connections:
    """The connections of one process to its database, taken by one test after the other.

    - A new one must first read what the tables are like, and prepares each statement anew: that
      took most tests of PostgreSQL longer than what they execute.
    - A forked process gets none of them: it would talk into its parent's.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._process = os.getpid()
        self._free: list[tuple[dict[str, Any], KeptConnection]] = []

    def lend_to(self, engine: Engine) -> None:
        """Let an engine take its connections from here."""

        @event.listens_for(engine, "do_connect")
        def take(_dialect: object, _record: object, _args: object, wanted: dict[str, Any]) -> Any:
            return self._take(wanted)

    def list_pids(self) -> list[int]:
        """Return the server processes of those that are put aside."""
        return [
            connection.info.backend_pid for _, connection in self._free if not connection.closed
        ]

    def put(self, connection: KeptConnection) -> bool:
        """Put a connection aside; return False where it must be closed."""
        idle = connection.info.transaction_status == TransactionStatus.IDLE
        if os.getpid() != self._process or not idle:
            return False
        try:
            connection.isolation_level = connection.read_only = connection.deferrable = None
            connection.autocommit = True
            connection.execute(FORGET)
            connection.autocommit = False
        except psycopg.Error:
            return False
        connection._notice_handlers.clear()
        self._free.append((connection.wanted, connection))
        return True

    def close(self) -> None:
        """End those that are put aside."""
        while self._free:
            self._free.pop()[1].end()

    def _take(self, wanted: dict[str, Any]) -> KeptConnection | None:
        """Return one that is put aside or a new one; None leaves it to SQLAlchemy."""
        if os.getpid() != self._process or wanted.get("dbname") != self._database:
            return None
        alike = {name: value for name, value in wanted.items() if name not in UNLIKE}
        for place, (those, connection) in enumerate(self._free):
            if those == alike:
                del self._free[place]
                # Its server process has ended, and has said so.
                if select.select([connection], [], [], 0)[0]:
                    connection.end()
                    return self._take(wanted)
                return connection
        connection = KeptConnection.connect(**wanted)
        connection.aside, connection.wanted = self, alike
        return connection


class Kept:
    """A migrated PostgreSQL database that is emptied after each test, past every trigger.

    - By one connection, which knows the tables: a new one must read what they are like first, which
      took ten times as long as emptying them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)
        self.connections = Connections(self._connection.info.dbname)
        self._catalogue = self._read_catalogue()
        tables = [name for kind, name in self._catalogue if kind == "r"]
        self._deletes = "; ".join(
            f'DELETE FROM "{name}"' for name in tables if name != "alembic_version"
        )

    def empty(self) -> None:
        """Take everything out, cut whoever is still in, and count ids from one again."""
        try:
            self._empty()
        except psycopg.OperationalError:  # the test has cut this connection as well
            self._connection = psycopg.connect(self.url, autocommit=True)
            self._empty()

    def close(self) -> None:
        """End the connections."""
        self.connections.close()
        self._connection.close()

    def _empty(self) -> None:
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)",
            [self.connections.list_pids()],
        )
        if self._read_catalogue() != self._catalogue:
            raise AssertionError("the test changed the tables: mark it own_database")
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute(self._deletes)
        self._connection.execute(
            "SELECT setval(format('%I', sequencename), start_value, false) FROM pg_sequences"
        )

    def _read_catalogue(self) -> list[tuple[str, str]]:
        return self._connection.execute(
            "SELECT relkind::text, relname::text FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace "
            "UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal "
            "ORDER BY 1, 2"
        ).fetchall()
