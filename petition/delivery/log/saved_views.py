"""Filters of the delivery log that an account keeps under a name."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from petition.audit.trail import write_line
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import InvalidInput, Problem, UserError
from petition.core.extensions import db, transaction
from petition.delivery.delivery_problems import DeliveryProblem
from petition.models import LONGEST_VIEW_NAME, SavedView, User

MOST_VIEWS = 30


def list_views(user_id: int) -> Sequence[SavedView]:
    """Return the views of an account, by name."""
    query = select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.name)
    return db.session.scalars(query).all()


def save_view(user_id: int, name: str, query: str) -> None:
    """Keep a query under a name; one of the same name is replaced.

    - Raises InvalidInput without a name, and UserError where the account has as many as it may.
    """
    line = write_line(name)[:LONGEST_VIEW_NAME].strip()
    if not line:
        raise InvalidInput({"name": Problem(DeliveryProblem.VIEW_UNNAMED)})
    with transaction() as session:
        # Held, so that two forms at once do not pass the limit together.
        session.execute(select(User.id).where(User.id == user_id).with_for_update())
        others = session.scalar(
            select(func.count(SavedView.id)).where(
                SavedView.user_id == user_id, SavedView.name != line
            )
        )
        if (others or 0) >= MOST_VIEWS:
            raise UserError(DeliveryProblem.TOO_MANY_VIEWS, most=MOST_VIEWS)
        row = {"user_id": user_id, "name": line, "query": query, "created_at": utcnow()}
        session.execute(
            insert_into(session, SavedView).on_conflict_do_update(
                index_elements=["user_id", "name"], set_={"query": query}
            ),
            row,
        )


def forget_view(user_id: int, view_id: int) -> bool:
    """Delete a view of an account; return whether it had it."""
    with transaction() as session:
        view = session.get(SavedView, view_id)
        if view is None or view.user_id != user_id:
            return False
        session.execute(delete(SavedView).where(SavedView.id == view_id))
        return True
