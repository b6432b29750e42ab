"""After an erasure, empty SQLite's write-ahead log: it holds the pages as they were before.

PostgreSQL lets go of them by itself, as autovacuum and its own log go round.
"""

import time

from sqlalchemy import Connection

from petition.core.database import SQLITE_BUSY_SECONDS
from petition.core.extensions import db, keep_for_app
from petition.signers.erasure_log import find_journal

EXTENSION = "hundredth-checkpoint"
# A decision is written down before it is committed, and the database may be busy for so long.
LATE_SECONDS = 2.0 * SQLITE_BUSY_SECONDS
TRIES = 5
PAUSE_SECONDS = 0.02


def checkpoint_after_erasures() -> int:
    """Empty the log where somebody was erased since it was last emptied; return whether it was.

    - The journal of decisions says when: it is written at each erasure, on the host that has the
      file. A process that has just started does not know, and empties it once.
    - Nobody waits for it: what can be moved beside readers and writers is moved first, and what is
      left only in a moment in which nobody reads or writes. If there is none, the next round tries.
    """
    if db.engine.dialect.name != "sqlite":
        return 0
    db.session.rollback()  # our own look would be one that it waits for
    path = find_journal()
    written = path.stat().st_mtime if path.exists() else 0.0
    last: dict[str, float] = keep_for_app(EXTENSION, dict)
    if written + LATE_SECONDS < last.get("began", 0.0):
        return 0
    began = time.time()
    if not _empty_log():
        return 0
    last["began"] = began
    return 1


def ask_for_checkpoint() -> None:
    """Have the log emptied by the next round, of whichever process, for what no decision tells."""
    if db.engine.dialect.name == "sqlite":
        find_journal().touch(mode=0o600)


def _empty_log() -> bool:
    with db.engine.connect() as bare:
        connection = bare.execution_options(sqlite_begin=None)
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()
            for _ in range(TRIES):
                if _truncate(connection):
                    return True
                time.sleep(PAUSE_SECONDS)
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={SQLITE_BUSY_SECONDS * 1000}")
    return False


def _truncate(connection: Connection) -> bool:
    busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy
