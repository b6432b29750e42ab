"""Rows of processes, as those that run would write them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from petition.core.database import read_clock
from petition.core.queues import Stage
from petition.models import Process, ProcessRole

EVERY_STAGE = " ".join(Stage)
NO_PID = 2**22 + 1  # above any that Linux gives out


def add_process(
    session: Session, role: ProcessRole = ProcessRole.WORKER, silent: float = 0.0, **changes: Any
) -> Process:
    """Add one that was last heard of so many seconds ago: a worker of every stage by default."""
    at = read_clock(session) - timedelta(seconds=silent)
    values = {
        "key": uuid4().hex,
        "stages": EVERY_STAGE if role is ProcessRole.WORKER else "",
        "host": "one.example",
        "pid": NO_PID,
        "started_at": at,
        "beat_at": at,
        "clock_ahead": 0.0,
    }
    process = Process(role=role, **(values | changes))
    session.add(process)
    session.flush()
    return process


def add_all(session: Session) -> None:
    """Add what every running service has: here, one worker of every stage and a scheduler.

    - Heard of in an hour, so that no test is too slow for them.
    """
    for role in ProcessRole:
        add_process(session, role, silent=-3600)
