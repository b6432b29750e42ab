"""Records that a letter was returned: its delivery is bounced, for a person to check."""

from collections.abc import Iterable

from sqlalchemy import select

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Delivery, DeliveryState
from petition.transitions.delivery_changes import change_state

# Its outcome was unknown; the bounce shows that it had been sent.
CAME_BACK = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


def note_bounce(message_ids: Iterable[str], status: str | None) -> int | None:
    """Record a bounce; return the delivery, None if none of the ids is one's Message-ID.

    - It goes to ``bounced`` with ``status`` (RFC 3463) as its reason, whatever the code: a letter
      that an office's filter returned has not been read either. Nothing is sent again by itself.
    - One that is in another state stays there, so a second bounce changes nothing.
    """
    now = utcnow()
    with transaction() as session:
        delivery = session.scalar(
            select(Delivery).where(Delivery.message_id.in_(list(message_ids))).with_for_update()
        )
        if delivery is None:
            return None
        state = DeliveryState(delivery.state)
        if state not in CAME_BACK:
            return delivery.id
        code = status or "no code"
        steps = [DeliveryState.ACCEPTED, DeliveryState.BOUNCED]
        for new in steps if state is DeliveryState.UNKNOWN else steps[1:]:
            change_state(
                session,
                delivery.id,
                delivery.attempt,
                state,
                new,
                now,
                due_at=None,
                reason=f"bounced: {code}",
            )
            state = new
        detail: Detail = {"attempt": delivery.attempt, "code": code}
        record(session, "delivery.bounced", "delivery", delivery.id, detail=detail)
        return delivery.id
