"""What is due: deliveries to hand to workers, leases that ran out, holds whose reason is gone."""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, selectinload

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.channels import CHANNELS, OF_MAIL_SERVER, get_channel
from petition.delivery.claim import CLAIMABLE
from petition.delivery.freshness import find_addressee
from petition.delivery.settle import End, end_attempt, has_attempts_left
from petition.dispatch.lanes import find_lane, is_closed
from petition.dispatch.pauses import may_go
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    HoldReason,
    LaneName,
    Milestone,
    Phase,
)
from petition.models.officials.post import load_addressing
from petition.transitions.delivery_changes import change_state

# How often a held delivery's post is looked at for a successor or an address.
LOOK_AGAIN = timedelta(minutes=10)
LOOKED_AT = (HoldReason.VACANT, HoldReason.NO_ADDRESS)


def find_due(limit: int = 200) -> list[int]:
    """Return the ids of up to ``limit`` deliveries that a worker should send now, oldest first.

    - While the lane of letters is stopped, at most one by e-mail: in turn one that was tried least,
      since that others are refused says nothing of it, and one that was tried most, since a server
      may want to hear of a letter twice.
    - None of a campaign that is paused (petition/dispatch/pauses.py).
    """
    now = utcnow()
    due = (
        select(Delivery.id)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(Delivery.state.in_(CLAIMABLE), Delivery.due_at <= now, may_go())
        .order_by(Delivery.due_at, Delivery.id)
    )
    lane = find_lane(db.session(), LaneName.LETTERS)
    if lane is None or not lane.is_stopped:
        return list(db.session.scalars(due.limit(limit)))
    found = list(
        db.session.scalars(due.where(Delivery.channel.not_in(OF_MAIL_SERVER)).limit(limit))
    )
    if is_closed(LaneName.LETTERS, now):
        return found
    tried = Delivery.attempt.desc() if lane.probes % 2 else Delivery.attempt
    probe = (
        due.where(Delivery.channel.in_(OF_MAIL_SERVER))
        .order_by(None)
        .order_by(tried, Delivery.due_at, Delivery.id)
    )
    return [*db.session.scalars(probe.limit(1)), *found]


def recover_expired(now: datetime | None = None, limit: int = 500) -> int:
    """Settle the attempts whose worker let its lease run out; return how many.

    - Handed over on a channel that cannot tell a repeat: ``unknown``, for a person to resolve.
    - Otherwise nothing has arrived, or arriving twice leaves one: tried again now, or ``failed``
      when no attempt is left (a letter that kills its worker must not do so for ever).
    - Safe to run by several at once: each row is settled by one of them.
    """
    now = now or utcnow()
    with transaction() as session:
        # Both rows are locked: a handover that is being committed must be seen or waited out.
        expired = session.execute(
            select(Delivery.id, Delivery.attempt, Delivery.channel, Attempt.phase)
            .join(
                Attempt,
                and_(Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.attempt),
            )
            .where(Delivery.state == DeliveryState.SENDING, Delivery.due_at <= now)
            .order_by(Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        return sum(
            _recover(session, row.id, row.attempt, row.channel, row.phase, now) for row in expired
        )


def release_held(limit: int = 500) -> int:
    """Queue the held deliveries whose seat is taken or address known by now; return how many.

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


def _recover(
    session: Session, delivery_id: int, attempt: int, channel: str, phase: str, now: datetime
) -> bool:
    if phase == Phase.HANDOVER and not _is_idempotent(channel):
        new, due_at, reason = DeliveryState.UNKNOWN, None, "worker lost after handover"
    elif has_attempts_left(session, delivery_id):
        new, due_at, reason = DeliveryState.RETRY_WAIT, now, "worker lost"
    else:
        new, due_at, reason = DeliveryState.FAILED, None, "given up: worker lost"
    if not change_state(
        session,
        delivery_id,
        attempt,
        DeliveryState.SENDING,
        new,
        now,
        due_at=due_at,
        reason=reason,
    ):
        return False
    end_attempt(session, delivery_id, attempt, new, End("lease expired"), now)
    detail: Detail = {"attempt": attempt, "outcome": new.value, "phase": phase}
    record(session, "delivery.expired", "delivery", delivery_id, detail=detail)
    return True


def _is_idempotent(channel: str) -> bool:
    return channel in CHANNELS and get_channel(channel, get_settings()).idempotent


def _release(session: Session, delivery: Delivery, now: datetime) -> bool:
    addressee = find_addressee(delivery, now)
    # One of a channel that is no more stays held, and keeps none of the others.
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
    detail: Detail = {"was": delivery.reason}
    record(session, "delivery.queued", "delivery", delivery.id, detail=detail)
    return True
