"""The lock that imports and corrections share, and the update of held deliveries after them."""

from collections.abc import Collection

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.models import Delivery, DeliveryState, HoldReason


def lock_rosters(session: Session) -> None:
    """Allow one writer at a time; SQLite's write transaction already does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE terms IN SHARE ROW EXCLUSIVE MODE"))


def make_held_due(session: Session, post_ids: Collection[int]) -> None:
    """Make deliveries that were held for a holder or an address due now."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.post_id.in_(post_ids),
            Delivery.state == DeliveryState.HELD,
            Delivery.reason.in_((HoldReason.VACANT, HoldReason.NO_ADDRESS)),
        )
        .values(due_at=utcnow())
    )
