"""Number the changes of consents: the stream that an organization reads by its last number.

Numbers are given after the commit, by one writer at a time: were a number given as a change is
made, one that commits late would appear behind a cursor that has passed it already.

- For each organization from 1, in the order of the changes, and no number is left out; the
  database refuses that (ConsentChange). A writer that is killed has numbered all of a batch or
  nothing.
- PostgreSQL: an advisory lock until the commit; SQLite has one writer.
"""

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from petition.core.database import CONSENT_NUMBERS_LOCK, is_sqlite
from petition.core.extensions import db, transaction
from petition.models import ConsentChange, Organization

BATCH = 1_000
UNNUMBERED = text("number IS NULL")


def number_changes(limit: int = BATCH) -> int:
    """Number up to ``limit`` committed changes, oldest first; return how many.

    - 0 also while another process numbers them.
    """
    if not _is_any():
        return 0
    with transaction() as session:
        if not _take_turn(session):
            return 0
        rows = session.execute(
            select(ConsentChange.id, ConsentChange.organization_id)
            .where(UNNUMBERED)
            .order_by(ConsentChange.id)
            .limit(limit)
        ).all()
        last = _find_last(session, {row.organization_id for row in rows})
        numbered = []
        for row in rows:
            before = last.get(row.organization_id, 0)
            last[row.organization_id] = before + 1
            numbered.append({"its_id": row.id, "its": before + 1})
        if numbered:
            session.connection().execute(_NUMBER, numbered)
        return len(numbered)


_NUMBER = (
    update(ConsentChange.__table__)  # type: ignore[arg-type]
    .where(ConsentChange.__table__.c.id == bindparam("its_id"))
    .values(number=bindparam("its"))
)


def _is_any() -> bool:
    found = db.session.scalar(select(ConsentChange.id).where(UNNUMBERED).limit(1))
    db.session.rollback()
    return found is not None


def _take_turn(session: Session) -> bool:
    if is_sqlite(session):
        return True
    lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
    return bool(session.scalar(lock, {"lock": CONSENT_NUMBERS_LOCK}))


def _find_last(session: Session, organizations: set[int]) -> dict[int, int]:
    """Return the last number of each of the organizations that has one."""
    # One look at the end of the index for each; grouped, it would read every number there is.
    highest = (
        select(func.max(ConsentChange.number))
        .where(ConsentChange.organization_id == Organization.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Organization.id, highest).where(Organization.id.in_(organizations))
    )
    return {organization_id: last for organization_id, last in rows if last is not None}
