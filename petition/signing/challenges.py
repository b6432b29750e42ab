"""Solved challenges are used once: remembered until they would be too old anyway."""

from datetime import datetime

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import UsedChallenge


def use_challenge(connection: Connection, digest: bytes, expires_at: datetime) -> bool:
    """Use up a solved challenge; return False where it was used before.

    - In the signature's own transaction: what is not stored uses nothing up, and of several that
      come at once with one solution the primary key lets one through.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = {"digest": digest, "expires_at": expires_at}
    statement = insert(UsedChallenge).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(UsedChallenge.digest)).first() is not None


def forget_challenges() -> int:
    """Delete the challenges that are too old to be accepted again; return how many."""
    with transaction() as session:
        expired = delete(UsedChallenge).where(UsedChallenge.expires_at < utcnow())
        return len(session.scalars(expired.returning(UsedChallenge.digest)).all())
