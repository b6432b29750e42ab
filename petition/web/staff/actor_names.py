"""The names of the accounts that did something, for the logs that staff read."""

from collections.abc import Iterable

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import User

STAFF = "staff:"


def name_actors(actors: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses of the staff accounts among the actors of events."""
    ids = {int(actor.removeprefix(STAFF)) for actor in actors if actor.startswith(STAFF)}
    found = db.session.execute(select(User.id, User.email).where(User.id.in_(ids)))
    return {f"{STAFF}{user_id}": email for user_id, email in found}
