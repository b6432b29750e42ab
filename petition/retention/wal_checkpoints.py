"""After an erasure, truncate SQLite's write-ahead log, which still contains the old pages.

PostgreSQL removes the old row versions itself, by autovacuum and the recycling of its WAL.
"""

import time

from sqlalchemy import Connection

from petition.core.database import SQLITE_BUSY_SECONDS
from petition.core.extensions import db, keep_for_app
from petition.signers.erasure_log import find_journal

EXTENSION = "hundredth-checkpoint"
# A decision is written to the journal before its commit, which may wait this long for the database.
LATE_SECONDS = 2.0 * SQLITE_BUSY_SECONDS
TRIES = 5
PAUSE_SECONDS = 0.02


def checkpoint_after_erasures() -> int:
    """Truncate the log if data was erased since the last truncation; return 1 if it was, else 0.

    - The modification time of decisions.log shows when: it is written at each erasure, on the host
      with the database file. A process that has just started truncates the log once.
    - It blocks nobody: a passive checkpoint comes first, and the truncation succeeds only while
      there are no readers and writers. If there is no such moment, the next round tries again.
    """
    if db.engine.dialect.name != "sqlite":
        return 0
    db.session.rollback()  # our own read transaction would block the truncation
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
    """Request a truncation by the next round of any process, for erasures that are no decision."""
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
