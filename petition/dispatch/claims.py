"""Claims a row for one attempt, and records the point after which it may have arrived."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import ClaimLost
from petition.core.extensions import transaction
from petition.dispatch.attempts import begin_attempt, mark_phase
from petition.dispatch.kinds import Claim, Content, OutgoingKind, Table
from petition.dispatch.lanes import Turn, give_turn_back, take_one_turn
from petition.dispatch.leases import find_lease_end, is_held
from petition.dispatch.state_changes import change_state, count_rows
from petition.models.outgoing.dispatched import LONGEST_REASON, NOT_PREPARED, Dispatched
from petition.models.states import OutgoingState


def claim(kind: OutgoingKind[Table, Content], row_id: int) -> Claim[Content] | None:
    """Return the claim to a row's next attempt; None if it is not due or ``prepare`` declines it.

    - The row changes to ``sending`` with a lease, and the row of its attempt is inserted.
    - While its lane is stopped (lanes.py) only a probe is claimed.
    - Raises ClaimLost, with nothing changed, if ``prepare`` itself changed the row's state or
      attempt.
    """
    now = utcnow()
    with transaction() as session:
        row = session.get(kind.table, row_id)
        if row is None or not is_due(kind, row, now):
            return None
        lane = kind.find_lane(row)
        # The lane is locked before the row, and before all that the kind locks for it.
        turn = take_one_turn(session, lane, now) if lane is not None else Turn.OPEN
        content = _prepare(session, kind, row, now) if turn is not Turn.CLOSED else None
        if content is None:
            if lane is not None and turn is Turn.PROBE:
                give_turn_back(session, lane, now)
            return None
        return Claim(row_id, _begin(session, kind, row, now), content, lane)


def is_due(kind: OutgoingKind[Any, Any], row: Dispatched, now: datetime) -> bool:
    """Return whether a worker should send a row now."""
    return row.state in kind.claimable and row.due_at is not None and row.due_at <= now


def mark_handover(kind: OutgoingKind[Any, Any], claimed: Claim[Any], digest: str) -> None:
    """Commit that from now on the message may have arrived, and extend the lease.

    - ``digest``: the SHA-256 of the message, so that the log shows each attempt sent the same.
    - Raises ClaimLost if the lease has expired or another attempt has begun; nothing may be sent.
    """
    now, table = utcnow(), kind.table
    with transaction() as session:
        held = session.execute(
            update(table)
            .where(
                *is_held(table, claimed.row_id, claimed.attempt),
                table.state == OutgoingState.SENDING,
                table.due_at > now,
            )
            .values(due_at=find_lease_end(now))
        )
        if count_rows(held) != 1:
            raise ClaimLost(f"{kind.name} {claimed.row_id}, attempt {claimed.attempt}")
        mark_phase(session, kind, claimed.row_id, claimed.attempt)
        detail: Detail = {"attempt": claimed.attempt, "message": digest}
        record(session, f"{kind.name}.handover", kind.name, claimed.row_id, detail=detail)


def put_off(kind: OutgoingKind[Any, Any], row_id: int, wait: timedelta) -> None:
    """Postpone a due row by ``wait``, without beginning an attempt."""
    with transaction() as session:
        _postpone(session, kind, row_id, due_at=utcnow() + wait)


def put_off_unprepared(
    kind: OutgoingKind[Any, Any], row_id: int, wait: timedelta, code: str
) -> None:
    """Postpone a due row whose ``prepare`` raised, and keep ``code`` as its reason.

    - No attempt is begun: the checks before a first attempt are made again. A claim clears the
      reason. While it is kept, petition/attention lists the row.
    """
    reason = f"{NOT_PREPARED}{code}"[:LONGEST_REASON]
    with transaction() as session:
        if _postpone(session, kind, row_id, due_at=utcnow() + wait, reason=reason):
            record(session, f"{kind.name}.not_prepared", kind.name, row_id, detail={"code": code})


def _postpone(session: Session, kind: OutgoingKind[Any, Any], row_id: int, **values: Any) -> bool:
    """Set values of a row that is due; return whether it was."""
    table = kind.table
    put = session.execute(
        update(table)
        .where(table.id == row_id, table.state.in_(kind.claimable), table.due_at <= utcnow())
        .values(**values)
    )
    return count_rows(put) == 1


def _prepare(
    session: Session, kind: OutgoingKind[Table, Content], row: Table, now: datetime
) -> Content | None:
    kind.lock(session, row)
    return kind.prepare(session, row, now) if is_due(kind, row, now) else None


def _begin(session: Session, kind: OutgoingKind[Table, Content], row: Table, now: datetime) -> int:
    """Begin the row's next attempt; return its number."""
    attempt = row.attempt + 1
    if not change_state(
        session,
        kind.table,
        kind.transitions,
        row.id,
        row.attempt,
        row.state,
        OutgoingState.SENDING,
        now,
        attempt=attempt,
        due_at=find_lease_end(now),
        reason=None,
    ):
        raise ClaimLost(f"{kind.name} {row.id}, attempt {attempt}")
    begin_attempt(session, kind, row.id, attempt, now)
    record(session, f"{kind.name}.claimed", kind.name, row.id, detail={"attempt": attempt})
    kind.note_begun(session, row, now)
    return attempt
