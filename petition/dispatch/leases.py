"""Leases: one worker's right to a row until a given time, fenced by the attempt number.

- A claim is one UPDATE: it raises ``attempt`` and sets ``due_at`` to the end of the lease.
- Every later write is conditional on the attempt (``is_held``), so it changes nothing after
  another worker has claimed the row.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.models.outgoing.dispatched import Leased

# The lease of a batch of rows that one worker processes in turn.
BATCH_LEASE = timedelta(minutes=5)


def claim_rows(
    session: Session,
    table: type[Leased],
    ids: Collection[int] | Select[int],
    until: datetime,
    *columns: InstrumentedAttribute[Any] | ColumnElement[Any],
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Claim rows until a given time; return ``columns`` of each claimed row.

    - ``ids``: due rows, locked or selected by the caller in this transaction.
    """
    return session.execute(
        update(table)
        .where(table.id.in_(ids))
        .values(due_at=until, attempt=table.attempt + 1)
        .returning(*columns)
    ).all()


def is_held(
    table: type[Leased], row_id: int, attempt: int
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a row is still at an attempt: not claimed again since."""
    return table.id == row_id, table.attempt == attempt


def find_lease_end(now: datetime | None = None) -> datetime:
    """Return when the lease on a single row that begins now ends."""
    return (now or utcnow()) + timedelta(seconds=get_settings().lease_seconds)
