"""Accepts each solved challenge once: it is stored until it would be too old anyway."""

from datetime import datetime

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import UsedChallenge


def use_challenge(connection: Connection, digest: bytes, expires_at: datetime) -> bool:
    """Record a solved challenge as used; return False if it was used before.

    - Runs in the signature's own transaction: a signature that is not stored uses nothing up. Of
      several concurrent requests with one solution, the primary key accepts one.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = {"digest": digest, "expires_at": expires_at}
    statement = insert(UsedChallenge).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(UsedChallenge.digest)).first() is not None


def forget_challenges() -> int:
    """Delete the used challenges that are too old to be accepted again; return how many."""
    with transaction() as session:
        expired = delete(UsedChallenge).where(UsedChallenge.expires_at < utcnow())
        return len(session.scalars(expired.returning(UsedChallenge.digest)).all())
