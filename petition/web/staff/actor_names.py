"""The names of the accounts that did something, for the logs that staff read."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import User

ACCOUNT = re.compile(r"(?:staff|partner):(\d{1,9})")
COMMANDS = {"cli": "the command line"}


def name_actors(actors: Iterable[str]) -> dict[str, str]:
    """Return the e-mail address of each account among the actors of events, by its actor.

    - The command line has a name as well.
    """
    numbers = {actor: int(found[1]) for actor in actors if (found := ACCOUNT.fullmatch(actor))}
    rows = db.session.execute(select(User.id, User.email).where(User.id.in_(set(numbers.values()))))
    emails = {user_id: email for user_id, email in rows}
    named = {actor: emails[number] for actor, number in numbers.items() if number in emails}
    return named | COMMANDS
