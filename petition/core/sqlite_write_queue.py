"""A line at SQLite's door, for the writers that come in a crowd.

SQLite has one writer at a time. Whoever finds it busy sleeps a millisecond at the least, longer
each time, and so for several times what a signature takes; processors rest while signers wait. So
the writers of one database file take turns at a lock on an empty file beside it, and look again
after LOOK_SECONDS.

- It is a courtesy and guards nothing: SQLite's own lock does. Who has stood for LONGEST_SECONDS
  goes to the door all the same, so that a process which was stopped while it was its turn stops
  nobody, and so does a host where the file cannot be made. A killed process's turn ends with it.
- A turn begins with the first statement of a connection that has the execution option STANDS, not
  while Python prepares it, and ends as the connection goes back to the pool.
- Each connection opens the file for itself, since a lock belongs to the open file: threads stand
  apart, and so do processes, which never share a connection.
"""

import fcntl
import os
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

STANDS = "stands_in_line"
SUFFIX = "-line"
LOOK_SECONDS = 0.000_05
LONGEST_SECONDS = 0.02

_FILE = "line-file"
_TURN = "line-turn"


def form_line(engine: Engine) -> None:
    """Have the engine's connections stand in line where they are told to; SQLite files only."""
    event.listen(engine, "before_cursor_execute", _stand)
    event.listen(engine, "checkin", _leave)
    event.listen(engine, "close", _forget)


def _stand(connection: Connection, *_: Any) -> None:
    if not connection.get_execution_options().get(STANDS):
        return
    info = connection.connection.info
    if _TURN in info:
        return  # it is its turn, or it has gone on without
    if _FILE not in info:
        info[_FILE] = _open(connection.engine.url.database)
    info[_TURN] = _wait(info[_FILE])


def _open(database: str | None) -> int | None:
    if not database or database == ":memory:" or database.startswith("file:"):
        return None
    try:
        return os.open(f"{database}{SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _wait(file: int | None) -> bool:
    if file is None:
        return False
    longest = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > longest:
                return False
        except OSError:
            return False  # a file system without such locks
        time.sleep(LOOK_SECONDS)


def _leave(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    if record.info.pop(_TURN, False):
        fcntl.flock(record.info[_FILE], fcntl.LOCK_UN)


def _forget(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info.pop(_TURN, None)
    file = record.info.pop(_FILE, None)
    if file is not None:
        # A fork may hold the file open as well: closing it here would not end the turn.
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)
