"""Keeps a row for each cause: read again every minute, and when somebody opens the page.

- A cause that is not found any more ends: nobody's, and not deferred. Found again, it is the same
  row. One whose source could not be read stays as it is.
- A deferral ends when its time is over, and when the cause touches more than when it was deferred.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.attention.causes import LONGEST_SUBJECT, AttentionSource, FoundCause
from petition.attention.sources import SOURCES
from petition.attention.waiting_list import make_key
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.models import AttentionCause
from petition.models.service.attention_cause import LONGEST_DETAIL
from petition.processes.heartbeats import take_turn

MARK = "attention"
SUBJECT = "attention_cause"
EVERY = timedelta(minutes=1)
# Whoever opens the page sees no older numbers.
FRESH = timedelta(seconds=15)
# One that ends and comes back within this time is not told by e-mail again.
SAME_NEWS = timedelta(hours=1)

log = get_logger(__name__)


def refresh_causes(
    every: timedelta = EVERY, sources: Mapping[str, AttentionSource] = SOURCES
) -> int:
    """Read all causes again, unless that was done within ``every``; return how many there are.

    - The rows are read outside of the transaction that stores them: reading is slow, and would
      keep others from writing.
    """
    now = utcnow()
    with transaction() as session:
        if not take_turn(session, MARK, every, now):
            return 0
    found: dict[str, tuple[str, FoundCause]] = {}
    unread = set()
    for name, source in sources.items():
        try:
            causes = source.read(db.session())
            found |= {make_key(name, cause): (name, cause) for cause in causes}
        except Exception as error:  # one that fails must not hide the others
            log.error("attention.unread", source=name, error=type(error).__name__)
            unread.add(name)
        finally:
            db.session.rollback()
    with transaction() as session:
        _store(session, found, unread, now)
    return len(found)


def _store(
    session: Session, found: Mapping[str, tuple[str, FoundCause]], unread: set[str], now: datetime
) -> None:
    _insert_missing(session, found, now)
    rows = session.scalars(
        select(AttentionCause)
        .where(AttentionCause.ended_at.is_(None) | AttentionCause.key.in_(found))
        .order_by(AttentionCause.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        if row.key in found:
            _renew(session, row, found[row.key][1], now)
        elif row.name not in unread:
            _end(session, row, now)


def _insert_missing(
    session: Session, found: Mapping[str, tuple[str, FoundCause]], now: datetime
) -> None:
    values = [
        {
            "key": key,
            "name": name,
            "campaign_id": cause.campaign_id,
            "subject": cause.subject[:LONGEST_SUBJECT],
            "number": cause.number,
            "since": cause.since or now,
            "found_at": now,
            "read_at": now,
        }
        for key, (name, cause) in found.items()
    ]
    if values:
        session.execute(insert_into(session, AttentionCause).on_conflict_do_nothing(), values)


def _renew(session: Session, row: AttentionCause, cause: FoundCause, now: datetime) -> None:
    if row.ended_at is not None:
        row.found_at, row.ended_at = now, None
        if row.told_at is not None and row.told_at < now - SAME_NEWS:
            row.told_at = None
    if row.deferred_until is not None and row.deferred_number is not None:
        grown = cause.number > row.deferred_number
        if grown or row.deferred_until <= now:
            row.deferred_until, row.deferred_number = None, None
            row.version += 1
        else:
            row.deferred_number = cause.number
        if grown:
            record(session, "attention.grown", SUBJECT, row.id, detail={"number": cause.number})
    row.number, row.read_at = cause.number, now
    row.since = cause.since or row.found_at
    row.detail = cause.detail[:LONGEST_DETAIL]


def _end(session: Session, row: AttentionCause, now: datetime) -> None:
    detail = {"number": row.number, "was": row.assigned_to}
    row.ended_at, row.version = now, row.version + 1
    row.assigned_to, row.assigned_at = None, None
    row.deferred_until, row.deferred_number = None, None
    record(session, "attention.ended", SUBJECT, row.id, detail=detail)


def read_refreshed_at(session: Session) -> datetime | None:
    """Return when the open causes were last read; None without any."""
    latest = select(AttentionCause.read_at).order_by(AttentionCause.read_at.desc()).limit(1)
    return session.scalar(latest.where(AttentionCause.ended_at.is_(None)))


def note_told(session: Session, cause_id: int, now: datetime) -> bool:
    """Record that a cause was told by e-mail; return False if it was before."""
    told = (
        update(AttentionCause)
        .where(
            AttentionCause.id == cause_id,
            AttentionCause.told_at.is_(None),
            AttentionCause.ended_at.is_(None),
        )
        .values(told_at=now)
        .returning(AttentionCause.id)
    )
    return session.scalar(told) is not None
