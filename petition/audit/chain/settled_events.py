"""Up to which id no event can still appear: a lower id may be committed after a higher one.

- PostgreSQL takes the lock of a table's writers before an id is given, and keeps it to the end of
  the transaction. So once every transaction that had that lock after the newest event was read has
  ended, no lower id is under way. Ids of transactions that were rolled back stay unused.
- A snapshot alone does not tell: a transaction gets its id of an event before its own number.
- SQLite has one writer at a time, and gives an id in its transaction.
"""

import time

from sqlalchemy import func, select, text

from petition.core.database import is_sqlite
from petition.core.extensions import db
from petition.models import Event

WAIT_SECONDS = 2.0
PAUSE_SECONDS = 0.05
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND relation = 'events'::regclass AND pid <> pg_backend_pid()"
    " AND mode NOT IN ('AccessShareLock', 'RowShareLock')"
)


def find_settled(wait_seconds: float = WAIT_SECONDS) -> int | None:
    """Return the newest event's id once no lower one can appear any more; None without events.

    - Waits at most ``wait_seconds`` for transactions under way; None if one is not over then. It
      blocks nobody meanwhile.
    """
    newest: int | None = db.session.scalar(select(func.max(Event.id)))
    sqlite = is_sqlite(db.session())
    db.session.rollback()
    if newest is None or sqlite:
        return newest
    ends_at = time.monotonic() + wait_seconds
    waiting = _list_writers()
    while waiting:
        if time.monotonic() >= ends_at:
            return None
        time.sleep(PAUSE_SECONDS)
        waiting &= _list_writers()
    return newest


def _list_writers() -> set[str]:
    found = set(db.session.scalars(_WRITERS).all())
    db.session.rollback()
    return found
