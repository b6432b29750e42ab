"""Releases held deliveries whose reason no longer applies."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, selectinload

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.delivery.channels import CHANNELS, get_channel
from petition.delivery.freshness import find_addressee
from petition.models import (
    Delivery,
    DeliveryState,
    HoldReason,
)
from petition.models.officials.post import load_addressing
from petition.transitions.delivery_changes import change_state

# The interval at which a held delivery's post is checked for a successor or an address.
LOOK_AGAIN = timedelta(minutes=10)
LOOKED_AT = (HoldReason.VACANT, HoldReason.NO_ADDRESS)


def release_held(limit: int = 500) -> int:
    """Queue held deliveries whose seat is filled or whose address is known now; return how many.

    - Those below their milestone are released by counting, when the number is reached again.
    """
    now = utcnow()
    with transaction() as session:
        held = session.scalars(
            select(Delivery)
            .where(
                Delivery.state == DeliveryState.HELD,
                Delivery.reason.in_(LOOKED_AT),
                or_(Delivery.due_at.is_(None), Delivery.due_at <= now),
            )
            .options(selectinload(Delivery.post).options(*load_addressing()))
            .order_by(Delivery.id)
            .limit(limit)
        ).all()
        released = [delivery.id for delivery in held if _release(session, delivery, now)]
        session.execute(
            update(Delivery)
            .where(
                Delivery.id.in_([delivery.id for delivery in held]),
                Delivery.state == DeliveryState.HELD,
            )
            .values(due_at=now + LOOK_AGAIN)
        )
        return len(released)


def _release(session: Session, delivery: Delivery, now: datetime) -> bool:
    addressee = find_addressee(delivery, now)
    # One of a channel that no longer exists stays held, and does not block the others.
    if addressee is None or delivery.channel not in CHANNELS:
        return False
    if get_channel(delivery.channel, get_settings()).needs_email and not addressee.email:
        return False
    if not change_state(
        session,
        delivery.id,
        delivery.attempt,
        DeliveryState.HELD,
        DeliveryState.QUEUED,
        now,
        due_at=now,
        reason=None,
    ):
        return False
    wake_after_commit(session, Stage.RENDER, delivery.milestone_id)
    detail: Detail = {"was": delivery.reason}
    record(session, "delivery.queued", "delivery", delivery.id, detail=detail)
    return True
