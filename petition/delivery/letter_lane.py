"""The lane of letters: what the mail server refuses because of us fails no letter.

- A letter that is refused for a cause of ours, or for none that is told, is tried again. When the
  letters of several deliveries are refused in a row, the lane stops (petition/dispatch/lanes.py):
  all wait but for one a minute, which is a delivery like any other.
- An attempt says by ``spent`` whether it counts towards giving up: only where it may have been
  refused for the letter itself, since the server took others. One letter alone proves nothing of
  the server, unless the words do.
- What is said of the office's mailbox is no part of it, as long as the lane is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from petition.delivery.channels import OF_MAIL_SERVER
from petition.delivery.claim import DeliveryClaim
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
from petition.models import Attempt, Cause, Delivery, DeliveryState, LaneName, MailLane
from petition.transitions.delivery_changes import count_rows


@dataclass(frozen=True, slots=True)
class LaneRuling:
    """What becomes of an attempt that did not succeed.

    - ``spent``: it counts towards giving up. ``longest``: how long to wait at most, None where the
      usual back-off holds.
    """

    state: DeliveryState
    cause: Cause | None = None
    spent: bool = True
    longest: timedelta | None = None


def hold_lane_for(
    session: Session, channel: str, state: DeliveryState, cause: Cause | None
) -> MailLane | None:
    """Return the lane where an outcome may change it, held until the commit; else None.

    - First of all in a transaction: the row of a lane comes before any of a delivery.
    """
    if channel not in OF_MAIL_SERVER or state is DeliveryState.UNKNOWN:
        return None
    if cause is None:
        lane = find_lane(session, LaneName.LETTERS)
        if lane is None or lane.refused_since is None:
            return None
    return hold_lane(session, LaneName.LETTERS)


def rule_taken(session: Session, now: datetime) -> None:
    """Write down that the server took a letter: those that it refused before go again at once."""
    since = note_taken(session, LaneName.LETTERS, now)
    if since is not None:
        bring_forward(session, now, since)


def rule_refused(
    session: Session,
    lane: MailLane,
    claimed: DeliveryClaim,
    state: DeliveryState,
    cause: Cause | None,
    detail: str,
    now: datetime,
) -> LaneRuling:
    """Return what becomes of an attempt that did not succeed, and stop the lane after too many.

    - While it is stopped nothing is held against a letter, not even what is said of its mailbox.
    """
    if cause is None and not lane.is_stopped:
        return LaneRuling(state)
    if " at " not in detail and cause is None:  # no server was asked
        give_turn_back(session, LaneName.LETTERS, now)
        return LaneRuling(state)
    cause = cause or Cause.UNSURE
    was_taken = lane.refused_since is None
    # Another worker may have waited less long for the lane than this one has.
    now = max(now, lane.refused_since or now)
    begun = _note_cause(session, claimed, cause, detail, now)
    if not lane.is_stopped or begun >= (lane.stopped_at or now):  # not one on its way at the stop
        note_refused(lane, detail, now)
    refused = set() if lane.is_stopped else _find_refused(session, lane.refused_since or now)
    if _are_many(session, refused, lane.taken_at):
        stop_lane(session, lane, now)
        bring_forward(session, now, lane.refused_since)
    if lane.is_stopped:
        return LaneRuling(DeliveryState.RETRY_WAIT, cause, False, timedelta(0))
    alone = cause is Cause.UNSURE and {id for id, _ in refused} == {claimed.delivery_id}
    longest = LONGEST_PAUSE if cause is Cause.OURS else None
    return LaneRuling(DeliveryState.RETRY_WAIT, cause, was_taken or alone, longest)


def bring_forward(session: Session, now: datetime, since: datetime | None = None) -> int:
    """Make due the letters that wait since they were refused, at all or ``since``; return how many.

    - Whoever calls commits. One that is claimed meanwhile stays as it is.
    """
    refused = exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.number == Delivery.attempt,
        Attempt.about.is_not(None),
        *([Attempt.ended_at >= since] if since else []),
    )
    waiting = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.RETRY_WAIT, Delivery.due_at > now, refused)
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    brought = session.execute(
        update(Delivery)
        .where(Delivery.id.in_(waiting), Delivery.state == DeliveryState.RETRY_WAIT)
        .values(due_at=now)
    )
    return count_rows(brought)


def count_spent(session: Session, delivery_id: int, cause: Cause | None = None) -> int:
    """Return how many attempts count towards giving up, since the delivery was last settled.

    - After a refusal because of us, those alone that the lane has ruled on.
    """
    ended = aliased(Attempt)
    settled = (
        select(func.max(ended.number))
        .where(
            ended.delivery_id == delivery_id,
            ended.outcome.in_((DeliveryState.FAILED, DeliveryState.ACCEPTED)),
        )
        .scalar_subquery()
    )
    spent = select(func.count()).where(
        Attempt.delivery_id == delivery_id,
        Attempt.spent,
        Attempt.number > func.coalesce(settled, 0),
        *([Attempt.about.is_not(None)] if cause is Cause.OURS else []),
    )
    return session.scalar(spent) or 0


def _note_cause(
    session: Session, claimed: DeliveryClaim, cause: Cause, detail: str, now: datetime
) -> datetime:
    """Write down what an attempt was refused for; return when it began."""
    return session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == claimed.delivery_id, Attempt.number == claimed.attempt)
        .values(about=cause, detail=detail[:120], ended_at=now)
        .returning(Attempt.started_at)
    ).scalar_one()


def _are_many(session: Session, refused: set[tuple[int, str]], taken_at: datetime | None) -> bool:
    """Return whether so many were refused in a row that it must be the server.

    - A letter that was refused before the server last took another says nothing new, or those that
      cannot be sent would stop the others again and again.
    """
    if len(refused) < MANY_OF_ONE_CAUSE:
        return False
    known: set[int] = set()
    if taken_at is not None:
        known |= set(
            session.scalars(
                select(Attempt.delivery_id).where(
                    Attempt.delivery_id.in_({id for id, _ in refused}),
                    Attempt.about.is_not(None),
                    Attempt.ended_at < taken_at,
                )
            )
        )
    new = [(id, detail) for id, detail in refused if id not in known]
    causes = [detail for _, detail in new]
    of_one_cause = max(map(causes.count, set(causes)), default=0)
    return of_one_cause >= MANY_OF_ONE_CAUSE or len({id for id, _ in new}) >= MANY


def _find_refused(session: Session, since: datetime) -> set[tuple[int, str]]:
    """Return the deliveries that were refused since then, with each cause."""
    rows = session.execute(
        select(Attempt.delivery_id, Attempt.detail)
        .where(Attempt.about.is_not(None), Attempt.ended_at >= since)
        .distinct()
    )
    return {(row.delivery_id, row.detail or "") for row in rows}
