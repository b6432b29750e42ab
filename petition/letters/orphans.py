"""Orphans: PDFs in the store that no row of the database refers to.

A worker that dies between storing a letter and filing it leaves one, and it names people. They are
removed only by an operator's command: after the restore of a backup, letters sent since then are in
no row until the hand-overs are replayed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select

from petition.core.content.content_kind import StoredContent
from petition.core.content.stores import ContentStore
from petition.core.extensions import db, transaction
from petition.letters.removals import ask_removal, remove_asked
from petition.models import Letter

BATCH = 500


def find_orphans(store: ContentStore, before: datetime) -> Iterator[StoredContent]:
    """Yield the PDFs stored before a time that no letter, in force or not, refers to."""
    batch: list[StoredContent] = []
    for one in store.list_content():
        if one.modified < before:
            batch.append(one)
        if len(batch) == BATCH:
            yield from _leave_out_known(batch)
            batch = []
    yield from _leave_out_known(batch)


def remove_orphans(store: ContentStore, orphans: Iterable[StoredContent]) -> int:
    """Remove them; return how many were. One that the store cannot remove now is swept later."""
    removed = 0
    for one in orphans:
        with transaction() as session:
            asked = ask_removal(session, [one.sha256])
        removed += remove_asked(store, asked)
    return removed


def _leave_out_known(batch: list[StoredContent]) -> Iterator[StoredContent]:
    hashes = [one.sha256 for one in batch]
    known = set(db.session.scalars(select(Letter.sha256).where(Letter.sha256.in_(hashes))))
    db.session.rollback()  # no transaction is open during requests to the store
    yield from (one for one in batch if one.sha256 not in known)
