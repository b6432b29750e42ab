"""Says every few seconds, in a thread beside whatever a process does, that the process runs.

- It needs neither Redis nor a pause in the work, and a database that is away is tried again with
  the next beat. Each beat opens a connection of its own and closes it.
- No fork happens during a beat: the child would have the half of a connection, and locks that
  nobody opens. Whoever forks waits for the beat's end, some milliseconds.
"""

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine, case, create_engine, delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from petition.core.clock import utcnow
from petition.core.database import insert_in, read_clock
from petition.core.logs import get_logger
from petition.models import Process, ProcessRole
from petition.processes.intervals import BEAT_SECONDS, LARGEST_SKEW_SECONDS, LATE_SECONDS

log = get_logger(__name__)

# A beat waits no longer than this for the database.
PATIENCE_SECONDS = 5
# Of whom it takes the place is looked for until that one would be known to be late.
LOOKS_SECONDS = LATE_SECONDS + 2 * BEAT_SECONDS

_UNFORKED = threading.Lock()
os.register_at_fork(
    before=_UNFORKED.acquire,
    after_in_parent=_UNFORKED.release,
    after_in_child=_UNFORKED.release,
)


@contextmanager
def keep_beating(
    url: str, role: ProcessRole, stages: Sequence[str] = (), seals_with: bytes | None = None
) -> Iterator[None]:
    """Say in the database at ``url`` that this process runs, as long as the block does.

    - ``seals_with``: the id of its first data key.
    - The first time before the block begins; nothing is raised where the database is away.
    - As the block ends its row goes; a fork that leaves the block changes nothing.
    """
    beats = _Beats(url, role, stages, seals_with)
    beats.beat()
    stopped = threading.Event()

    def run() -> None:
        while not stopped.wait(BEAT_SECONDS):
            beats.beat()

    thread = threading.Thread(target=run, name="beats", daemon=True)
    thread.start()
    try:
        yield
    finally:
        if os.getpid() == beats.pid:
            stopped.set()
            thread.join(2 * PATIENCE_SECONDS)
            beats.end()


class _Beats:
    """The row of this process."""

    def __init__(
        self, url: str, role: ProcessRole, stages: Sequence[str], seals_with: bytes | None
    ) -> None:
        self.pid = os.getpid()
        self._engine = _open_engine(url)
        self._key = uuid4().hex
        self._role = role
        self._stages = " ".join(stages)
        self._seals_with = seals_with
        self._host = socket.gethostname()
        self._started_at: datetime | None = None
        self._looks_until: datetime | None = None
        self._away = False
        self._clock_off = False

    def beat(self) -> None:
        """Write that it runs; a database that does not take it is logged once."""
        try:
            with _UNFORKED, self._engine.begin() as connection:
                self._write(connection)
        except DBAPIError as error:
            if not self._away:
                log.warning("process.unheard", error=type(error.orig).__name__)
            self._away = True
        except Exception as error:
            log.error("process.unheard", error=type(error).__name__)
        else:
            self._away = False

    def end(self) -> None:
        """Take the row away; where the database is away it grows old."""
        try:
            with _UNFORKED, self._engine.begin() as connection:
                connection.execute(delete(Process).where(Process.key == self._key))
        except DBAPIError as error:
            log.warning("process.unheard", error=type(error.orig).__name__)

    def _write(self, connection: Connection) -> None:
        before = utcnow()
        now = read_clock(connection)
        after = utcnow()
        ahead = (before + (after - before) / 2 - now).total_seconds()
        if connection.dialect.name == "sqlite":
            ahead = 0.0
        self._note_clock(ahead)
        if self._started_at is None:
            self._started_at = now
            self._looks_until = now + timedelta(seconds=LOOKS_SECONDS)
        row = {
            "key": self._key,
            "role": self._role.value,
            "stages": self._stages,
            "host": self._host,
            "pid": self.pid,
            "started_at": self._started_at,
            "beat_at": now,
            "clock_ahead": ahead,
            "seals_with": self._seals_with,
        }
        changed = {"beat_at": now, "clock_ahead": ahead}
        connection.execute(
            insert_in(connection.dialect.name, Process)
            .values(row)
            .on_conflict_do_update(index_elements=["key"], set_=changed)
        )
        if self._looks_until is not None:
            found = self._take_place(connection, self._started_at, now)
            if found or now > self._looks_until:
                self._looks_until = None

    def _note_clock(self, ahead: float) -> None:
        off = abs(ahead) > LARGEST_SKEW_SECONDS
        if off and not self._clock_off:
            log.error("process.clock_off", ahead=round(ahead), remedy="let NTP set the clocks")
        self._clock_off = off

    def _take_place(self, connection: Connection, started_at: datetime, now: datetime) -> bool:
        """Delete the row of one that was killed before this one was started in its place.

        - One of this host that has ended, or else the one that has been silent longest. One alone:
          of two that were killed, one that was started again is not both.
        """
        is_here = case((Process.host == self._host, 0), else_=1)
        rows = connection.execute(
            select(Process.key, Process.host, Process.pid, Process.beat_at)
            .where(
                Process.role == self._role,
                Process.stages == self._stages,
                Process.key != self._key,
                Process.beat_at <= started_at,
            )
            .order_by(is_here, Process.beat_at)
        ).all()
        late = now - timedelta(seconds=LATE_SECONDS)
        for row in rows:
            if row.beat_at < late or (row.host == self._host and self._has_ended(row.pid)):
                gone = delete(Process).where(Process.key == row.key, Process.beat_at == row.beat_at)
                if connection.execute(gone).rowcount:
                    return True
        return False

    def _has_ended(self, pid: int) -> bool:
        """Return whether no process has that number any more, but for this one."""
        if pid == self.pid:
            return True
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def _open_engine(url: str) -> Engine:
    arguments: dict[str, int] = (
        {"timeout": PATIENCE_SECONDS}
        if url.startswith("sqlite")
        else {"connect_timeout": PATIENCE_SECONDS, "tcp_user_timeout": PATIENCE_SECONDS * 1000}
    )
    return create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
