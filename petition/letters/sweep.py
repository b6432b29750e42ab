"""Sweeping the store: a PDF that was never sent leaves it when its letter is made anew.

The rows stay, since the log tells of them; the PDF names people who have left since.
"""

from collections.abc import Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record_all
from petition.core.errors import StorageUnavailable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.letters.store import LetterStore
from petition.models import Delivery, Letter, Milestone
from petition.transitions.tally_lock import lock_tally

log = get_logger(__name__)

# Whatever was tried belongs to a delivery for good, so it is needed by this too.
_NEEDED = or_(Letter.superseded_at.is_(None), exists().where(Delivery.letter_id == Letter.id))


def sweep_superseded(store: LetterStore) -> int:
    """Remove the PDFs of letters taken out of force untried, and leftovers; return how many files.

    - Never one that a letter in force or any delivery refers to.
    - One that cannot be removed is logged, and tried again by the next round.
    """
    found = db.session.execute(
        select(Letter.milestone_id, Letter.sha256)
        .where(~_NEEDED)
        .distinct()
        .order_by(Letter.milestone_id, Letter.sha256)
    ).all()
    db.session.rollback()
    return store.sweep() + sum(
        _remove(store, row.milestone_id, row.sha256) for row in found if store.has(row.sha256)
    )


def find_needed(session: Session, hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes whose PDF a letter in force or a delivery refers to."""
    return set(
        session.scalars(select(Letter.sha256).where(Letter.sha256.in_(list(hashes)), _NEEDED))
    )


def _remove(store: LetterStore, milestone_id: int, sha256: str) -> bool:
    with transaction() as session:
        # The same lock as filing: the same bytes may be rendered again and filed just now.
        milestone = session.get_one(Milestone, milestone_id)
        lock_tally(session, milestone.campaign_id, milestone.district_id)
        if find_needed(session, [sha256]):
            return False
        try:
            removed = store.remove(sha256)
        except StorageUnavailable:
            log.error("letter.not_removed", sha256=sha256)
            return False
        letters = session.scalars(select(Letter.id).where(Letter.sha256 == sha256))
        detail: Detail = {"sha256": sha256}
        record_all(session, "letter.removed", "letter", {letter: detail for letter in letters})
        return removed
