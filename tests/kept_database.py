"""The PostgreSQL of tests: where its files are, and a database that is emptied, not made anew."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg

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


class Kept:
    """A migrated PostgreSQL database that is emptied after each test, past every trigger.

    - By one connection, which knows the tables: a new one must read what they are like first, which
      took ten times as long as emptying them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)
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
        """End the connection."""
        self._connection.close()

    def _empty(self) -> None:
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
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
