"""Removes PDFs that nothing refers to, with no transaction open during requests to the store.

1. A transaction with the tally's lock finds that nothing refers to the bytes, and adds a request.
2. After its commit they are removed.
3. A second transaction records the removal.

The same bytes may be rendered again at the same time. They are not filed as long as their removal
is requested (``is_any_removed``), so the PDF of a letter in force is never removed. If a process
dies between two steps, the row remains, and the next sweep takes it over.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record_all
from petition.core.clock import utcnow
from petition.core.content.content_kind import LETTERS
from petition.core.content.stores import ContentStore
from petition.core.errors import StorageUnavailable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.models import ContentRemoval, Delivery, Letter

log = get_logger(__name__)

# The process that requested a removal does it at once. After this time it must not, since another
# may have done it and the bytes may be in force again.
IN_TIME_SECONDS = 60.0
TAKEN_OVER_AFTER = timedelta(minutes=5)

# A letter that was tried stays assigned to its delivery, so this condition includes it.
NEEDED = or_(Letter.superseded_at.is_(None), exists().where(Delivery.letter_id == Letter.id))


@dataclass(frozen=True, slots=True)
class AskedRemoval:
    """A removal that this process requested; ``since`` on its monotonic clock, in seconds."""

    sha256: str
    asked_at: datetime
    since: float


def find_needed(session: Session, hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes whose PDF a letter in force or a delivery refers to."""
    return set(
        session.scalars(select(Letter.sha256).where(Letter.sha256.in_(list(hashes)), NEEDED))
    )


def ask_removal(session: Session, hashes: Iterable[str]) -> list[AskedRemoval]:
    """Request the removal of bytes that nothing refers to; the caller holds the tally's lock."""
    asked = [AskedRemoval(sha256, utcnow(), time.monotonic()) for sha256 in sorted(hashes)]
    for one in asked:
        session.merge(
            ContentRemoval(
                kind=LETTERS.name, sha256=one.sha256, asked_at=one.asked_at, done_at=None
            )
        )
    session.flush()
    return asked


def is_any_removed(session: Session, hashes: Iterable[str]) -> bool:
    """Return whether bytes that were just stored may have been removed, or may still be.

    - If so, they must not be filed. Completed removals are deleted: bytes that are stored again
      afterwards are kept.
    """
    rows = session.scalars(
        select(ContentRemoval).where(
            ContentRemoval.kind == LETTERS.name, ContentRemoval.sha256.in_(list(hashes))
        )
    ).all()
    for row in rows:
        if row.done_at is not None:
            session.delete(row)
    return bool(rows)


def remove_asked(store: ContentStore, asked: Iterable[AskedRemoval]) -> int:
    """Do removals that were requested in a committed transaction; return how many PDFs it removed.

    - One that the store cannot remove now is logged, and left to a later sweep.
    """
    return sum(_remove(store, one) for one in asked)


def take_over(limit: int = 100) -> list[AskedRemoval]:
    """Take over removals that were requested long ago and are not done; return them.

    - The removal of a PDF that is needed, which a restore may cause, is deleted instead.
    """
    before = utcnow() - TAKEN_OVER_AFTER
    with transaction() as session:
        waiting = session.scalars(
            select(ContentRemoval)
            .where(ContentRemoval.done_at.is_(None), ContentRemoval.asked_at < before)
            .order_by(ContentRemoval.asked_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        hashes = [row.sha256 for row in waiting]
        needed = find_needed(session, hashes)
        session.execute(
            delete(ContentRemoval).where(
                ContentRemoval.kind == LETTERS.name, ContentRemoval.sha256.in_(needed)
            )
        )
        return ask_removal(session, set(hashes) - needed)


def _remove(store: ContentStore, asked: AskedRemoval) -> bool:
    if time.monotonic() - asked.since > IN_TIME_SECONDS:
        return False
    try:
        removed = store.remove(asked.sha256)
    except StorageUnavailable as error:
        log.error("letter.not_removed", sha256=asked.sha256, error=str(error))
        return False
    with transaction() as session:
        done = session.scalars(
            update(ContentRemoval)
            .where(
                ContentRemoval.kind == LETTERS.name,
                ContentRemoval.sha256 == asked.sha256,
                ContentRemoval.asked_at == asked.asked_at,
                ContentRemoval.done_at.is_(None),
            )
            .values(done_at=utcnow())
            .returning(ContentRemoval.sha256)
        ).all()
        if removed and done:
            letters = session.scalars(select(Letter.id).where(Letter.sha256 == asked.sha256))
            detail: Detail = {"sha256": asked.sha256}
            record_all(session, "letter.removed", "letter", {one: detail for one in letters})
    db.session.rollback()
    return removed
