"""The consequences of a mail server's refusal for a row and for its lane.

- A row that is refused for a cause of ours, or for an unclear one, is retried. Consecutive refusals
  of several rows stop the lane (lanes.py): its rows wait, except for one probe a minute, which is
  an ordinary row.
- ``spent`` of an attempt says whether it counts toward giving up: only if the row itself may be
  the cause, because the server accepted others, or because it is the only one that was refused.
- Refusals because of the recipient's mailbox are not counted while the lane is open.
- Each kind on a lane is judged by the refusals of its own rows. An accepted row of any kind opens
  the lane; ``revive_refused`` then makes the refused rows of the other kinds due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.attempts import AttemptEnd, note_cause
from petition.dispatch.kinds import Claim, OutgoingKind
from petition.dispatch.lanes import (
    LONGEST_PAUSE,
    MANY,
    MANY_OF_ONE_CAUSE,
    find_lane,
    give_turn_back,
    hold_lane,
    note_refused,
    note_taken,
    stop_lane,
)
from petition.dispatch.state_changes import count_rows
from petition.models import Cause, LaneName, MailLane
from petition.models.states import OutgoingState

Kind = OutgoingKind[Any, Any]


@dataclass(frozen=True, slots=True)
class LaneRuling:
    """The decision on an attempt.

    - ``spent``: it counts towards giving up. ``longest``: the longest wait before the next attempt;
      None if only the kind's back-off limits it.
    """

    state: OutgoingState
    cause: Cause | None = None
    spent: bool = True
    longest: timedelta | None = None


def hold_lane_for(
    session: Session, name: LaneName | None, state: OutgoingState, cause: Cause | None
) -> MailLane | None:
    """Return the lane, locked until the commit, if an outcome may change it; else None.

    - Must come first in its transaction: a lane's row is locked before any row that uses it.
    """
    if name is None or state is OutgoingState.UNKNOWN:
        return None
    if cause is None:
        lane = find_lane(session, name)
        if lane is None or lane.refused_since is None:
            return None
    return hold_lane(session, name)


def rule(
    session: Session,
    kind: Kind,
    lane: MailLane | None,
    claimed: Claim[Any],
    state: OutgoingState,
    end: AttemptEnd,
    now: datetime,
) -> LaneRuling:
    """Return the decision on an attempt that ended in ``state``; stop or open its lane."""
    if lane is None:
        return LaneRuling(state)
    if state is OutgoingState.ACCEPTED:
        _rule_taken(session, kind, LaneName(lane.name), now)
        return LaneRuling(state)
    return _rule_refused(session, kind, lane, claimed, state, end, now)


def revive_refused(kind: Kind) -> int:
    """Make due the rows that were refused before their lane was last opened; return how many."""
    lane = find_lane(db.session(), kind.lane) if kind.lane is not None else None
    if lane is None or lane.is_stopped or lane.opened_at is None:
        return 0
    opened_at = lane.opened_at
    with transaction() as session:
        return bring_forward(session, kind, utcnow(), until=opened_at)


def bring_forward(
    session: Session,
    kind: Kind,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Make due the rows that wait after a refusal, one ``since`` or ``until`` then if given.

    - Returns how many.
    - The caller commits. Rows that other transactions hold are skipped.
    """
    table, attempts = kind.table, kind.attempts
    refused = exists().where(
        kind.owner == table.id,
        attempts.number == table.attempt,
        attempts.about.is_not(None),
        *([attempts.ended_at >= since] if since else []),
        *([attempts.ended_at <= until] if until else []),
    )
    waiting = (
        select(table.id)
        .where(table.state == OutgoingState.RETRY_WAIT, table.due_at > now, refused)
        .order_by(table.id)
        .with_for_update(skip_locked=True)
    )
    brought = session.execute(
        update(table)
        .where(table.id.in_(waiting), table.state == OutgoingState.RETRY_WAIT)
        .values(due_at=now)
    )
    return count_rows(brought)


def _rule_taken(session: Session, kind: Kind, name: LaneName, now: datetime) -> None:
    """Record that the server accepted a row, and make due those that it refused before."""
    since = note_taken(session, name, now)
    if since is not None:
        bring_forward(session, kind, now, since)


def _rule_refused(
    session: Session,
    kind: Kind,
    lane: MailLane,
    claimed: Claim[Any],
    state: OutgoingState,
    end: AttemptEnd,
    now: datetime,
) -> LaneRuling:
    """Return the decision on an attempt that failed; stop the lane after too many.

    - While the lane is stopped no refusal counts against a row, not even one because of its
      recipient's mailbox.
    """
    if end.cause is None and not lane.is_stopped:
        return LaneRuling(state)
    if " at " not in end.detail and end.cause is None:  # no server was contacted
        give_turn_back(session, LaneName(lane.name), now)
        return LaneRuling(state)
    cause = end.cause or Cause.UNSURE
    was_taken = lane.refused_since is None
    # Another worker may have read its clock later and locked the lane first.
    now = max(now, lane.refused_since or now)
    begun = note_cause(session, kind, claimed.row_id, claimed.attempt, cause, end.detail, now)
    if not lane.is_stopped or begun >= (lane.stopped_at or now):  # it began after the stop
        note_refused(lane, end.detail, now)
    refused = set() if lane.is_stopped else _find_refused(session, kind, lane.refused_since or now)
    if _are_many(session, kind, refused, lane.taken_at):
        stop_lane(session, lane, now)
        bring_forward(session, kind, now, lane.refused_since)
    if lane.is_stopped:
        return LaneRuling(OutgoingState.RETRY_WAIT, cause, False, timedelta(0))
    alone = cause is Cause.UNSURE and {id for id, _ in refused} == {claimed.row_id}
    longest = LONGEST_PAUSE if cause is Cause.OURS else None
    return LaneRuling(OutgoingState.RETRY_WAIT, cause, was_taken or alone, longest)


def _are_many(
    session: Session, kind: Kind, refused: set[tuple[int, str]], taken_at: datetime | None
) -> bool:
    """Return whether so many rows were refused consecutively that the server must be the cause.

    - Rows that were refused before the server last accepted one are not counted: otherwise rows
      that can never be sent would stop the lane again and again.
    """
    if len(refused) < MANY_OF_ONE_CAUSE:
        return False
    known: set[int] = set()
    if taken_at is not None:
        known |= set(
            session.scalars(
                select(kind.owner).where(
                    kind.owner.in_({id for id, _ in refused}),
                    kind.attempts.about.is_not(None),
                    kind.attempts.ended_at < taken_at,
                )
            )
        )
    new = [(id, detail) for id, detail in refused if id not in known]
    causes = [detail for _, detail in new]
    of_one_cause = max(map(causes.count, set(causes)), default=0)
    return of_one_cause >= MANY_OF_ONE_CAUSE or len({id for id, _ in new}) >= MANY


def _find_refused(session: Session, kind: Kind, since: datetime) -> set[tuple[int, str]]:
    """Return the ids of the rows that were refused since then, each with its code."""
    rows = session.execute(
        select(kind.owner, kind.attempts.detail)
        .where(kind.attempts.about.is_not(None), kind.attempts.ended_at >= since)
        .distinct()
    )
    return {(row_id, detail or "") for row_id, detail in rows}
