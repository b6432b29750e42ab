"""Serialize the SQLite writers of one host by a file lock, so that none backs off on SQLITE_BUSY.

SQLite allows one writer at a time. Its busy handler sleeps at least a millisecond, longer on each
retry, which is several times as long as writing a signature: the processors idle while requests
wait. So the writers of one database file first take a lock on an empty file beside it, polled every
POLL_SECONDS.

- The lock is an optimization only; SQLite's own lock protects the data. A writer that has waited
  for LONGEST_SECONDS continues without it, so that a process stopped while holding the lock blocks
  no other; so does every writer if the file cannot be created. The lock of a killed process is
  released by the kernel.
- The lock is taken before the first statement of a connection with the execution option
  QUEUE_WRITES, not while Python prepares it, and released as the connection returns to the pool.
- Each connection opens the file itself, since flock() belongs to the open file: threads exclude
  each other, and so do processes, which never share a connection.
"""

import fcntl
import os
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

QUEUE_WRITES = "queue_writes"
SUFFIX = "-line"
POLL_SECONDS = 0.000_05
LONGEST_SECONDS = 0.02

# Keys of the connection's info: the lock file's descriptor, and whether the lock is held.
_FILE = "write-queue-file"
_HELD = "write-queue-held"


def queue_writers(engine: Engine) -> None:
    """Queue the engine's connections that have the option QUEUE_WRITES; SQLite files only."""
    event.listen(engine, "before_cursor_execute", _acquire)
    event.listen(engine, "checkin", _release)
    event.listen(engine, "close", _close)


def _acquire(connection: Connection, *_: Any) -> None:
    if not connection.get_execution_options().get(QUEUE_WRITES):
        return
    info = connection.connection.info
    if _HELD in info:
        return  # the lock is held already, or the wait for it timed out
    if _FILE not in info:
        info[_FILE] = _open(connection.engine.url.database)
    info[_HELD] = _wait(info[_FILE])


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
            return False  # a file system without flock()
        time.sleep(POLL_SECONDS)


def _release(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    if record.info.pop(_HELD, False):
        fcntl.flock(record.info[_FILE], fcntl.LOCK_UN)


def _close(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info.pop(_HELD, None)
    file = record.info.pop(_FILE, None)
    if file is not None:
        # A forked child may hold the file open as well: closing it here would not unlock it.
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)
