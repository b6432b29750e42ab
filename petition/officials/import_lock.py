"""What imports and corrections share: they wait for each other, and wake what was held."""

from collections.abc import Collection

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.models import Delivery, DeliveryState, HoldReason


def lock_rosters(session: Session) -> None:
    """Let one write at a time; SQLite's transaction has seen to that already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE terms IN SHARE ROW EXCLUSIVE MODE"))


def wake_held(session: Session, post_ids: Collection[int]) -> None:
    """Have deliveries that waited for a holder or an address looked at with the next round."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.post_id.in_(post_ids),
            Delivery.state == DeliveryState.HELD,
            Delivery.reason.in_((HoldReason.VACANT, HoldReason.NO_ADDRESS)),
        )
        .values(due_at=utcnow())
        .execution_options(synchronize_session=False)
    )
