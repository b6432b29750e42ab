"""Sweeps the store: removes a PDF that was never sent when its letter has been made again.

The rows are kept, since the log refers to them; the PDF names people who have left since.
"""

from sqlalchemy import exists, select

from petition.core.content.content_kind import LETTERS
from petition.core.content.stores import ContentStore
from petition.core.extensions import db, transaction
from petition.letters.removals import (
    NEEDED,
    AskedRemoval,
    ask_removal,
    find_needed,
    remove_asked,
    take_over,
)
from petition.models import ContentRemoval, LegalHold, Letter, Milestone
from petition.transitions.tally_lock import lock_tally


def sweep_superseded(store: ContentStore) -> int:
    """Remove unsent PDFs of superseded letters, and incomplete files; return how many.

    - Never one that a letter in force or any delivery refers to.
    - One that cannot be removed is logged, and tried again by a later sweep.
    """
    asked_for = exists().where(
        ContentRemoval.kind == LETTERS.name, ContentRemoval.sha256 == Letter.sha256
    )
    found = db.session.execute(
        select(Letter.milestone_id, Letter.sha256)
        .join(Milestone, Milestone.id == Letter.milestone_id)
        .where(~NEEDED, ~asked_for, LegalHold.spares(Milestone.campaign_id))
        .distinct()
        .order_by(Letter.milestone_id, Letter.sha256)
    ).all()
    db.session.rollback()
    removed = store.sweep() + remove_asked(store, take_over())
    for row in found:
        removed += remove_asked(store, _ask(row.milestone_id, row.sha256))
    return removed


def _ask(milestone_id: int, sha256: str) -> list[AskedRemoval]:
    with transaction() as session:
        # The same lock as filing: the same bytes may be rendered again and filed at this moment.
        milestone = session.get_one(Milestone, milestone_id)
        lock_tally(session, milestone.campaign_id, milestone.district_id)
        if find_needed(session, [sha256]):
            return []
        return ask_removal(session, [sha256])
