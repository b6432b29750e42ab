"""Sends again what waits for an office whose address was corrected, in one transaction with it."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record_all
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.staff_decisions import AGAIN, clean_why
from petition.models import Delivery, DeliveryIndex, DeliveryState
from petition.transitions.delivery_changes import change_state


def count_waiting(delivery_id: int, scope: Collection[int] | None) -> int:
    """Return how many other deliveries of the same post and channel would be sent again too."""
    query = _select_waiting(delivery_id, scope).where(Delivery.id != delivery_id)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def fix_and_send(
    delivery_id: int,
    correct: Callable[[Session, int], None],
    scope: Collection[int] | None,
    *,
    actor: str,
    why: str,
) -> int:
    """Correct the office of a delivery, and make due all that wait for it; return how many.

    - ``correct`` gets the session and the post, and raises where the address is not corrected;
      then nothing is changed.
    - Each sends the same bytes under the same Message-ID. ``scope``: the campaigns whose deliveries
      may be decided on; None: all.
    - Raises NotFound, and UserError where the delivery does not wait for an address.
    """
    now = utcnow()
    with transaction() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None:
            raise NotFound(DeliveryProblem.NOT_FOUND)
        correct(session, delivery.post_id)
        waiting = session.execute(
            _select_waiting(delivery_id, scope).order_by(Delivery.id).with_for_update(of=Delivery)
        ).all()
        if all(row.id != delivery_id for row in waiting):
            state = delivery.state.replace("_", " ")
            raise UserError(DeliveryProblem.NOT_TO_FIX, state=state)
        details: dict[int, Detail] = {}
        for row in waiting:
            if _make_due(session, row, now):
                details[row.id] = {"was": row.state, "fixed": delivery_id, "why": clean_why(why)}
                wake_after_commit(session, Stage.DELIVER, row.id)
        record_all(session, "delivery.retried", "delivery", details, actor=actor)
        return len(details)


def _select_waiting(delivery_id: int, scope: Collection[int] | None) -> Any:
    mine = select(Delivery.post_id, Delivery.channel).where(Delivery.id == delivery_id).subquery()
    query = (
        select(Delivery.id, Delivery.attempt, Delivery.state)
        .join(mine, (mine.c.post_id == Delivery.post_id) & (mine.c.channel == Delivery.channel))
        .join(DeliveryIndex, DeliveryIndex.id == Delivery.id)
        .where(Delivery.state.in_(AGAIN))
    )
    return query if scope is None else query.where(DeliveryIndex.campaign_id.in_(scope))


def _make_due(session: Session, row: Any, now: Any) -> bool:
    state = DeliveryState(row.state)
    if state is DeliveryState.RETRY_WAIT:
        session.get_one(Delivery, row.id, with_for_update=True).due_at = now
        return True
    return change_state(
        session,
        row.id,
        row.attempt,
        state,
        DeliveryState.RETRY_WAIT,
        now,
        due_at=now,
        reason=None,
    )
