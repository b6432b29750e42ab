"""Staff hold a delivery that is not under way, and release it to where it can go on.

- Nothing but a person releases it: the system's own resumptions name their reasons, and the trigger
  ``deliveries_refuse_release`` refuses any that does not say that staff released it.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import db, transaction
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.staff_decisions import (
    change_or_refuse,
    clean_why,
    load_locked,
    name_state,
    require_why,
    wake_next,
)
from petition.models import DeliveryIndex, DeliveryState, HoldReason
from petition.models.outgoing.delivery import RELEASED

HOLDABLE = (DeliveryState.QUEUED, DeliveryState.RENDERED, DeliveryState.RETRY_WAIT)
# How long it may be held before it is listed among what waits for a person (petition/attention).
TOLD_AFTER = timedelta(days=7)


def hold_delivery(delivery_id: int, actor: str, why: str) -> DeliveryState:
    """Hold a delivery that waits for its letter, for its first attempt or for another.

    - One that was tried keeps its letter, its message and its Message-ID. Any other gives its
      letter up, as for every hold: who leaves meanwhile is in none that is sent.
    - ``due_at`` is when it is listed among what waits for a person.
    - Raises NotFound, InvalidInput without ``why``, and UserError in any other state: what a worker
      has claimed cannot be stopped.
    """
    reason = require_why(why)
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if not can_hold(state):
            raise UserError(DeliveryProblem.NOT_HELD_BACK, state=name_state(state))
        change_or_refuse(
            session,
            delivery,
            state,
            DeliveryState.HELD,
            now,
            due_at=now + TOLD_AFTER,
            reason=HoldReason.STAFF,
            letter_id=delivery.letter_id if delivery.attempt else None,
        )
        detail: Detail = {"was": state.value, "why": reason}
        record(session, "delivery.held_back", "delivery", delivery_id, actor=actor, detail=detail)
    return DeliveryState.HELD


def release_delivery(delivery_id: int, actor: str, why: str = "") -> DeliveryState:
    """Release a delivery that staff hold; return its state, ``retry_wait`` or ``queued``.

    - One that was tried is due now, with the same bytes under the same Message-ID. Any other is
      queued: whatever else speaks against its letter by now holds it again.
    - Raises NotFound, and UserError if it is not held by staff.
    """
    now = utcnow()
    with transaction() as session:
        delivery, state = load_locked(session, delivery_id)
        if not can_release(state, delivery.reason):
            raise UserError(DeliveryProblem.NOT_RELEASED, state=name_state(state))
        new = DeliveryState.RETRY_WAIT if delivery.attempt else DeliveryState.QUEUED
        change_or_refuse(session, delivery, state, new, now, due_at=now, reason=RELEASED)
        wake_next(session, delivery, new)
        words = clean_why(why)
        detail: Detail = {"now": new.value, "why": words} if words else {"now": new.value}
        record(session, "delivery.released", "delivery", delivery_id, actor=actor, detail=detail)
    return new


def hold_many(
    ids: Collection[int], actor: str, why: str, scope: Collection[int] | None
) -> list[int]:
    """Hold those of the deliveries that can be, each by itself; return which.

    - ``scope``: the campaigns whose deliveries may be decided on; None: all. Others are left out.
    - Raises InvalidInput without ``why``.
    """
    require_why(why)
    return _do_each(ids, scope, lambda delivery_id: hold_delivery(delivery_id, actor, why))


def release_many(
    ids: Collection[int], actor: str, why: str, scope: Collection[int] | None
) -> list[int]:
    """Release those of the deliveries that staff hold, each by itself; return which."""
    return _do_each(ids, scope, lambda delivery_id: release_delivery(delivery_id, actor, why))


def _do_each(
    ids: Collection[int], scope: Collection[int] | None, act: Callable[[int], object]
) -> list[int]:
    query = select(DeliveryIndex.id).where(DeliveryIndex.id.in_(ids)).order_by(DeliveryIndex.id)
    if scope is not None:
        query = query.where(DeliveryIndex.campaign_id.in_(scope))
    found = db.session.scalars(query).all()
    db.session.rollback()
    done = []
    for delivery_id in found:
        with suppress(UserError):  # a worker has it, or it is in another state by now
            act(delivery_id)
            done.append(delivery_id)
    return done


def can_hold(state: DeliveryState) -> bool:
    """Return whether staff can hold a delivery in that state."""
    return state in HOLDABLE


def can_release(state: DeliveryState, reason: str | None) -> bool:
    """Return whether staff hold a delivery in that state, for that reason."""
    return state is DeliveryState.HELD and reason == HoldReason.STAFF
