"""Leases: the right of one worker to a row until a moment, with the number of its attempt.

- A claim is one UPDATE: it raises ``attempt`` and sets ``due_at`` to the end of the lease.
- Every later write names the attempt (``is_held``), so it changes nothing once the lease was taken
  over.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.models.outgoing.dispatched import Leased

# A lease of rows that are worked on as a batch, one after the other.
BATCH_LEASE = timedelta(minutes=5)


def claim_rows(
    session: Session,
    table: type[Leased],
    ids: Collection[int] | Select[int],
    until: datetime,
    *columns: InstrumentedAttribute[Any] | ColumnElement[Any],
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Claim rows until a moment; return ``columns`` of each that was claimed.

    - ``ids``: of rows that are due, locked or chosen by the caller in this transaction.
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
    """Return the conditions that a row still is at an attempt: nobody else has claimed it since."""
    return table.id == row_id, table.attempt == attempt


def find_lease_end(now: datetime | None = None) -> datetime:
    """Return when a lease on one row ends that begins now."""
    return (now or utcnow()) + timedelta(seconds=get_settings().lease_seconds)
