"""Changes of deliveries' states: checked against the table of transitions, fenced, recorded.

- Nothing else changes ``deliveries.state``, but for the engine (petition/dispatch), which claims
  and settles: tests/transitions/test_state_writers.py. A delivery that is planned is inserted as
  ``queued``.
- Changes of one delivery name the attempt that they were decided at. Set-based ones ask for the
  state that they change from in the same statement.
- The trigger ``deliveries_refuse_change`` enforces the same table.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnExpressionArgument, Row, exists, select, update
from sqlalchemy.orm import Session, aliased

from petition.audit.trail import Detail, record, record_all
from petition.core.errors import TransitionRefused
from petition.dispatch.state_changes import change_state as change_row
from petition.dispatch.state_changes import count_rows
from petition.models import Delivery, DeliveryState, HoldReason, Letter
from petition.models.states import DELIVERY_TRANSITIONS

# The states of a delivery whose sending has not begun.
NOT_BEGUN = (DeliveryState.QUEUED, DeliveryState.RENDERED, DeliveryState.HELD)


def change_state(
    session: Session,
    delivery_id: int,
    fence: int,
    old: DeliveryState,
    new: DeliveryState,
    now: datetime,
    **values: Any,
) -> bool:
    """Change the delivery from ``old`` to ``new``; return False if nothing was changed.

    - Only while it is still in ``old`` and at attempt ``fence``: a worker whose lease has expired
      and been taken over cannot change it.
    - ``settled_at`` is set or cleared according to the state, unless ``values`` has it.
    - Raises TransitionRefused for a transition that is not in the table.
    """
    return change_row(
        session, Delivery, DELIVERY_TRANSITIONS, delivery_id, fence, old, new, now, **values
    )


def queue_held(
    session: Session, reason: HoldReason, now: datetime, *which: ColumnExpressionArgument[bool]
) -> list[int]:
    """Queue deliveries that are held for a reason, to get a new letter; return their milestones."""
    rows = _change_all(
        session,
        (DeliveryState.HELD,),
        DeliveryState.QUEUED,
        (Delivery.reason == reason, *which),
        {"reason": None, "due_at": now, "letter_id": None},
    )
    record_all(session, "delivery.queued", "delivery", {row.id: {} for row in rows})
    return sorted({row.milestone_id for row in rows})


def queue_rendered(
    session: Session, now: datetime, *which: ColumnExpressionArgument[bool]
) -> list[int]:
    """Queue deliveries whose untried letter was superseded; return their milestones."""
    rows = _change_all(
        session,
        (DeliveryState.RENDERED,),
        DeliveryState.QUEUED,
        which,
        {"due_at": now, "letter_id": None},
    )
    record_all(session, "delivery.queued", "delivery", {row.id: {} for row in rows})
    return sorted({row.milestone_id for row in rows})


def hold_queued(
    session: Session,
    reason: HoldReason,
    *which: ColumnExpressionArgument[bool],
    code: str | None = None,
) -> list[int]:
    """Hold deliveries that wait for their letter, with a code where it has one; return ids."""
    return _hold(session, (DeliveryState.QUEUED,), reason, which, code, {})


def hold_unsent(
    session: Session, reason: HoldReason, *which: ColumnExpressionArgument[bool]
) -> list[int]:
    """Hold deliveries whose sending has not begun, held ones for this reason from now on.

    - Their letters are not theirs any more. Returns the ids.
    - Not those that staff hold: released, they are rendered again, and held for what applies then.
    """
    by_others = Delivery.reason.is_distinct_from(HoldReason.STAFF)
    return _hold(session, NOT_BEGUN, reason, (by_others, *which), None, {"letter_id": None})


def give_letter(session: Session, letter: Letter, now: datetime) -> None:
    """Give a letter to the deliveries that wait for it, and make them due."""
    rows = _change_all(
        session,
        (DeliveryState.QUEUED,),
        DeliveryState.RENDERED,
        (Delivery.milestone_id == letter.milestone_id, Delivery.post_id == letter.post_id),
        {"letter_id": letter.id, "due_at": now, "reason": None},
    )
    details: dict[int, Detail] = {row.id: {"letter": letter.id} for row in rows}
    record_all(session, "delivery.rendered", "delivery", details)


def put_back(
    session: Session,
    delivery: Delivery,
    now: datetime,
    why: str,
    hold: HoldReason | None,
) -> None:
    """Supersede a letter that was never tried; its delivery waits for another, or is held.

    - A held one is checked again by ``release_held``, or by counting when it is below its
      milestone.
    """
    letter_id = delivery.letter_id
    new = DeliveryState.HELD if hold else DeliveryState.QUEUED
    change_state(
        session,
        delivery.id,
        delivery.attempt,
        DeliveryState(delivery.state),
        new,
        now,
        letter_id=None,
        reason=hold,
        due_at=None if hold else now,
    )
    detail: Detail = {"letter": letter_id, "why": why}
    action = "delivery.held" if hold else "delivery.superseded"
    record(session, action, "delivery", delivery.id, detail=detail)
    if letter_id is not None:
        _supersede(session, letter_id, delivery.id, why, now)


def was_tried(session: Session, letter_id: int) -> bool:
    """Return whether any delivery has tried to send this letter, after which it never changes."""
    other = aliased(Delivery)
    tried = select(exists().where(other.letter_id == letter_id, other.attempt > 0))
    return bool(session.scalar(tried))


def _supersede(session: Session, letter_id: int, delivery_id: int, why: str, now: datetime) -> None:
    superseded = session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    if count_rows(superseded):
        detail: Detail = {"delivery": delivery_id, "why": why}
        record(session, "letter.superseded", "letter", letter_id, detail=detail)


def _hold(
    session: Session,
    old: Collection[DeliveryState],
    reason: HoldReason,
    which: Sequence[ColumnExpressionArgument[bool]],
    code: str | None,
    values: Mapping[str, Any],
) -> list[int]:
    values = {"reason": reason, "due_at": None, **values}
    held = [row.id for row in _change_all(session, old, DeliveryState.HELD, which, values)]
    detail: Detail = {"reason": reason, "code": code} if code else {"reason": reason}
    record_all(session, "delivery.held", "delivery", {id: detail for id in held})
    return held


def _change_all(
    session: Session,
    old: Collection[DeliveryState],
    new: DeliveryState,
    which: Sequence[ColumnExpressionArgument[bool]],
    values: Mapping[str, Any],
) -> Sequence[Row[int, int]]:
    """Change all that fulfil ``which``; return the id and the milestone of each.

    - Raises TransitionRefused for a transition that is not in the table.
    """
    for state in old:
        if state is not new and new not in DELIVERY_TRANSITIONS[state]:
            raise TransitionRefused(f"a delivery does not go from {state} to {new}")
    return session.execute(
        update(Delivery)
        .where(Delivery.state.in_(old), *which)
        .values(state=new, **values)
        .returning(Delivery.id, Delivery.milestone_id)
    ).all()
