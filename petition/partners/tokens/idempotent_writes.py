"""Writes that carry a key are done once: a repeat within a day gets the first answer.

- Without the key nothing is kept. A key belongs to one token.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import PetitionError
from petition.core.extensions import transaction
from petition.core.sealing import get_sealer
from petition.models import ApiWrite

KEPT = timedelta(hours=24)
# A write that has not ended by then was cut off, and may be begun again.
LONGEST_WRITE = timedelta(seconds=60)
DROPPED_AT_ONCE = 500
KEY, REQUEST = "api idempotency key", "api idempotent request"


class WriteInProgress(PetitionError):
    """The same write was begun and has not ended."""

    code = "write-in-progress"


class KeyReused(PetitionError):
    """The key was used for another request."""

    code = "key-reused"


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """What a write was answered with; nothing personal."""

    status: int
    body: dict[str, Any]


def begin_write(token_id: int, key: str, request: str) -> WriteAnswer | None:
    """Begin a write; return its answer if it was done before, None if it is to be done now.

    - ``request``: its address and its whole body; only its keyed hash is kept.
    - Raises WriteInProgress, KeyReused.
    """
    sealer = get_sealer()
    of_key, of_request = sealer.digest(key, KEY), sealer.digest(request, REQUEST)
    now = utcnow()
    which = (ApiWrite.token_id == token_id, ApiWrite.key == of_key)
    with transaction() as session:
        past = select(ApiWrite.token_id, ApiWrite.key).where(ApiWrite.started_at < now - KEPT)
        for old in session.execute(past.limit(DROPPED_AT_ONCE)).all():
            session.execute(
                delete(ApiWrite).where(
                    ApiWrite.token_id == old.token_id,
                    ApiWrite.key == old.key,
                    ApiWrite.started_at < now - KEPT,
                )
            )
        begun = session.execute(
            insert_into(session, ApiWrite)
            .values(token_id=token_id, key=of_key, request=of_request, started_at=now)
            .on_conflict_do_nothing()
            .returning(ApiWrite.token_id)
        ).first()
        if begun is not None:
            return None
        found = session.scalars(select(ApiWrite).where(*which).with_for_update()).one()
        if found.request != of_request:
            raise KeyReused
        if found.status is not None and found.answer is not None:
            return WriteAnswer(found.status, found.answer)
        if found.started_at > now - LONGEST_WRITE:
            raise WriteInProgress
        session.execute(update(ApiWrite).where(*which).values(started_at=now))
        return None


def finish_write(token_id: int, key: str, answer: WriteAnswer) -> None:
    """Keep the answer of a write for its repeats."""
    with transaction() as session:
        session.execute(
            update(ApiWrite)
            .where(ApiWrite.token_id == token_id, ApiWrite.key == get_sealer().digest(key, KEY))
            .values(status=answer.status, answer=answer.body)
        )


def finish_write_in(connection: Connection, token_id: int, key: str, answer: WriteAnswer) -> None:
    """Keep the answer of a write in the transaction that does it, so that no kill parts the two.

    - Raises WriteInProgress if another has done the same write meanwhile: this one was taken as cut
      off, and is undone.
    """
    done = connection.execute(
        update(ApiWrite)
        .where(
            ApiWrite.token_id == token_id,
            ApiWrite.key == get_sealer().digest(key, KEY),
            ApiWrite.status.is_(None),
        )
        .values(status=answer.status, answer=answer.body)
    )
    if done.rowcount != 1:
        raise WriteInProgress


def give_up_write(token_id: int, key: str) -> None:
    """Forget a write that stored nothing, so that it can be sent again at once."""
    with transaction() as session:
        session.execute(
            delete(ApiWrite).where(
                ApiWrite.token_id == token_id,
                ApiWrite.key == get_sealer().digest(key, KEY),
                ApiWrite.status.is_(None),
            )
        )
