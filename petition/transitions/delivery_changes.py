"""State transitions of one delivery: checked against the table of transitions, fenced, recorded.

The deliveries of whole milestones are changed by set-based statements in letters/make.py,
counting/departures.py and counting/milestones.py. The trigger ``deliveries_refuse_change`` enforces
the same table for all of them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from petition.audit.trail import Detail, record
from petition.dispatch.state_changes import change_state as change_row
from petition.dispatch.state_changes import count_rows
from petition.models import Delivery, DeliveryState, HoldReason, Letter
from petition.models.states import DELIVERY_TRANSITIONS


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
    - ``settled_at`` is set or cleared according to the state.
    - Raises TransitionRefused for a transition that is not in the table.
    """
    return change_row(
        session, Delivery, DELIVERY_TRANSITIONS, delivery_id, fence, old, new, now, **values
    )


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
