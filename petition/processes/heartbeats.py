"""Rows of ``heartbeats``: when any process last did or observed something."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.core.database import insert_into
from petition.models import Heartbeat


def write_heartbeat(session: Session, name: str, at: datetime, detail: Mapping[str, Any]) -> None:
    """Insert or replace the row of a name; the caller commits."""
    row = {"at": at, "detail": dict(detail)}
    inserted = insert_into(session, Heartbeat).values(name=name, **row)
    session.execute(inserted.on_conflict_do_update(index_elements=["name"], set_=row))


def take_turn(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Return whether ``every`` has passed since the last turn; true for one process only.

    - Sets the time of the row to ``now`` in that case, and leaves its ``detail``. The caller
      commits.
    """
    first = {"name": name, "at": now, "detail": {}}
    inserted = insert_into(session, Heartbeat).values(first).on_conflict_do_nothing()
    if session.scalar(inserted.returning(Heartbeat.name)) is not None:
        return True
    due = update(Heartbeat).where(Heartbeat.name == name, Heartbeat.at <= now - every)
    taken = due.values(at=now).returning(Heartbeat.name)
    return session.scalar(taken) is not None
