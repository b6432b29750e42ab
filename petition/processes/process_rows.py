"""The background processes that run, by their rows in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from petition.core.database import read_clock
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.models import Process, ProcessRole
from petition.processes.intervals import FORGOTTEN_AFTER, LATE_SECONDS


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """One process; ``late``: no heartbeat for so long that it was killed, or is disconnected.

    - ``silent``: seconds since it was last heard of. The last two: see the model.
    """

    role: str
    stages: tuple[str, ...]
    host: str
    pid: int
    started_at: datetime
    silent: float
    late: bool
    clock_ahead: float
    seals_with: bytes | None

    @property
    def name(self) -> str:
        """Its role, stages, host and process id as text."""
        does = f"worker {' '.join(self.stages)}" if self.stages else self.role
        return f"{does} on {self.host} (process {self.pid})"


def list_processes(session: Session) -> list[RunningProcess]:
    """Return all that run or ran lately, by role and stages, those started first at the top."""
    now = read_clock(session)
    rows = session.scalars(
        select(Process)
        .order_by(Process.role, Process.stages, Process.started_at)
        .execution_options(populate_existing=True)
    )
    return [_describe(row, max(0.0, (now - row.beat_at).total_seconds())) for row in rows]


def count_workers(processes: Iterable[RunningProcess]) -> dict[Stage, int]:
    """Return for each stage how many workers listen to its queue."""
    running = [process for process in processes if not process.late]
    return {stage: sum(stage.value in process.stages for process in running) for stage in Stage}


def count_schedulers(processes: Iterable[RunningProcess]) -> int:
    """Return how many schedulers run."""
    return sum(one.role == ProcessRole.SCHEDULER and not one.late for one in processes)


def describe_process(process: RunningProcess) -> dict[str, Any]:
    """Return a process as `petition status --json` prints it."""
    return {
        "role": process.role,
        "stages": list(process.stages),
        "host": process.host,
        "pid": process.pid,
        "started_at": process.started_at.isoformat(),
        "seconds_ago": round(process.silent, 1),
        "late": process.late,
    }


def forget_processes() -> int:
    """Delete the rows without a heartbeat for FORGOTTEN_AFTER; return how many."""
    with transaction() as session:
        before = read_clock(session) - FORGOTTEN_AFTER
        gone = session.scalars(
            delete(Process).where(Process.beat_at < before).returning(Process.key)
        )
        return len(gone.all())


def _describe(row: Process, silent: float) -> RunningProcess:
    return RunningProcess(
        role=row.role,
        stages=tuple(row.stages.split()),
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        silent=silent,
        late=silent >= LATE_SECONDS,
        clock_ahead=row.clock_ahead,
        seals_with=row.seals_with,
    )
