"""Heartbeats: a thread that writes to the database every few seconds that its process runs.

- It needs neither Redis nor a pause in the work; if the database is unavailable, the next beat
  tries again. Each beat opens a connection of its own and closes it.
- A fork waits until a beat has ended, some milliseconds: during one the child would inherit a
  connection in use, and locks that no thread releases.
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

# The time-out of a beat for the database, in seconds.
PATIENCE_SECONDS = 5
# How long a new process looks for the row of the killed one that it replaces: until that is late.
PREDECESSOR_SECONDS = LATE_SECONDS + 2 * BEAT_SECONDS

_FORK_LOCK = threading.Lock()
os.register_at_fork(
    before=_FORK_LOCK.acquire,
    after_in_parent=_FORK_LOCK.release,
    after_in_child=_FORK_LOCK.release,
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
        self._predecessor_until: datetime | None = None
        self._away = False
        self._clock_off = False

    def beat(self) -> None:
        """Write a heartbeat; a database that is unavailable is logged once."""
        try:
            with _FORK_LOCK, self._engine.begin() as connection:
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
        """Delete the row; it becomes late where the database is unavailable."""
        try:
            with _FORK_LOCK, self._engine.begin() as connection:
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
            self._predecessor_until = now + timedelta(seconds=PREDECESSOR_SECONDS)
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
        if self._predecessor_until is not None:
            found = self._delete_predecessor(connection, self._started_at, now)
            if found or now > self._predecessor_until:
                self._predecessor_until = None

    def _note_clock(self, ahead: float) -> None:
        off = abs(ahead) > LARGEST_SKEW_SECONDS
        if off and not self._clock_off:
            log.error("process.clock_off", ahead=round(ahead), remedy="let NTP set the clocks")
        self._clock_off = off

    def _delete_predecessor(
        self, connection: Connection, started_at: datetime, now: datetime
    ) -> bool:
        """Delete the row of a killed process that this one replaces; return whether there was one.

        - A process of this host that has ended, or else the one whose heartbeat is oldest.
        - One row only: if two processes were killed, this one replaces one of them.
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
        """Return whether no other process has this id any more."""
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
