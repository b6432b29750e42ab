"""Archive events by month: into a file of the content store first, then out of the database.

- The trail stays whole: an event is deleted only once its file was stored and read back, and the
  database refuses to delete any other (EventArchive); petition/audit/event_reader.py reads both.
- An event is archived only once it is chained, which the database demands too, and each file begins
  with the head of its last event's link. So what leaves the database has a signed head.
- Safe to stop at any moment and to run again: what was stored and not deleted is deleted first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.audit.archive_files import COLUMNS, read_archive, read_header, write_archive
from petition.audit.archive_store import open_archives
from petition.audit.chain.event_chain import chain_events
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.content.stores import ContentStore
from petition.core.errors import OperatorError, StorageCorrupt
from petition.core.extensions import db, transaction
from petition.models import Event, EventArchive, EventLink

# The most events of one file, and how many are deleted in one transaction.
PART = 200_000
BATCH = 2_000
# What is younger stays in the database: staff look at it, and a transaction that began in a month
# may commit after its end.
KEPT = timedelta(days=31)
# Whoever archives waits so long for what the reconciler has not chained.
CHAIN_SECONDS = 600.0
# Ids are given in order and moments nearly so: further than this they are never apart.
DISORDER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Archived:
    """One archive that was made, or that a dry run would make; ``sha256``: empty for that."""

    month: str
    events: int
    size: int
    sha256: str


def archive_events(
    before: date, *, dry_run: bool = False, tell: Callable[[int], None] = lambda _: None
) -> Iterator[Archived]:
    """Archive the events of all months before that of ``before``; yield each file.

    - ``before``: the first day of a month that began 31 days ago or longer. The newest event there
      is stays, whatever its month. ``tell`` is called with the events deleted so far.
    - Raises OperatorError for a month that is too young, or where another process archives too;
      StorageUnavailable and StorageCorrupt of the store.
    """
    end = datetime(before.year, before.month, 1, tzinfo=UTC)
    if utcnow() - end < KEPT:
        raise OperatorError(
            f"--before: events can be archived {KEPT.days} days after their month began"
        )
    store = open_archives()
    if not dry_run:
        store.check()
        chain_events(CHAIN_SECONDS)
        _finish(store, tell)
    after = -1
    while chosen := _choose(end, after, dry_run=dry_run):
        month, events = chosen
        last = _read_last()
        header = {
            "month": month,
            "number": last.id + 1 if last else 1,
            "previous": last.sha256 if last else None,
            "chain": _find_head(events[-1]["id"]),
        }
        content = write_archive(header, events)
        if dry_run:
            after = events[-1]["id"]
            yield Archived(month, len(events), len(content), "")
            continue
        sha256 = store.put(content)
        _check(store.read(sha256), header, events)
        _note(header, events, len(content), sha256)
        _finish(store, tell)
        yield Archived(month, len(events), len(content), sha256)


def verify_archives() -> Iterator[tuple[EventArchive, str]]:
    """Yield each archive with what is wrong with it, empty where nothing is.

    - Its file is read, its hash, its place in the chain and its number of events are compared.
    """
    store = open_archives()
    archives = db.session.scalars(select(EventArchive).order_by(EventArchive.id)).all()
    db.session.expunge_all()
    db.session.rollback()  # nothing is open while the store is asked
    previous: str | None = None
    for number, archive in enumerate(archives, 1):
        yield archive, _find_fault(store, archive, number, previous)
        previous = archive.sha256


def _find_fault(
    store: ContentStore, archive: EventArchive, number: int, previous: str | None
) -> str:
    try:
        content = store.read(archive.sha256)
        head = read_header(content)
        ids = [line["id"] for line in read_archive(content)]
    except StorageCorrupt as error:
        return str(error)
    if archive.id != number or archive.previous != previous or head["previous"] != previous:
        return "it does not follow the one before"
    if ids != sorted(set(ids)) or len(ids) != archive.events:
        return f"it contains {len(ids)} events instead of {archive.events}"
    return ""


def _choose(end: datetime, after: int, *, dry_run: bool) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the next month and up to PART events of it, in order of id; None when all is done."""
    newest = db.session.scalar(select(func.max(Event.id))) or 0
    chained = newest if dry_run else db.session.scalar(select(func.max(EventLink.last_id))) or 0
    query = (
        select(*(getattr(Event, name) for name in COLUMNS))
        .where(Event.id > after, Event.id < newest, Event.id <= chained)
        .order_by(Event.id)
    )
    chosen: list[dict[str, Any]] = []
    month, month_ends = "", end
    rows = db.session.execute(query.execution_options(yield_per=BATCH))
    for row in rows:
        if row.at >= (month_ends if chosen else end) + DISORDER or len(chosen) == PART:
            break
        if row.at >= end:
            continue
        if not chosen:
            month, month_ends = f"{row.at:%Y-%m}", _find_next_month(row.at)
        if f"{row.at:%Y-%m}" == month:
            chosen.append(dict(row._mapping))
    rows.close()
    db.session.rollback()  # nothing is open while the file is written
    return (month, chosen) if chosen else None


def _find_next_month(at: datetime) -> datetime:
    return datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)


def _find_head(event_id: int) -> str | None:
    """Return the number and the head of the link of an event; None for an unchained one."""
    link = db.session.execute(
        select(EventLink.number, EventLink.head)
        .where(EventLink.last_id >= event_id)
        .order_by(EventLink.last_id)
        .limit(1)
    ).one_or_none()
    db.session.rollback()
    return f"{link.number}:{link.head}" if link else None


def _read_last() -> EventArchive | None:
    last = db.session.scalars(select(EventArchive).order_by(EventArchive.id.desc())).first()
    if last is not None:
        db.session.expunge(last)
    db.session.rollback()
    return last


def _check(content: bytes, header: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Raise StorageCorrupt unless the stored file holds these very events."""
    head = read_header(content)
    same = all(head[name] == value for name, value in header.items())
    if not same or list(read_archive(content)) != events:
        raise StorageCorrupt("an event archive was stored otherwise than it was written")


def _note(header: dict[str, Any], events: list[dict[str, Any]], size: int, sha256: str) -> None:
    subjects: dict[str, list[int]] = {}
    for one in events:
        low, high = subjects.get(one["subject"], (one["subject_id"],) * 2)
        subjects[one["subject"]] = [min(low, one["subject_id"]), max(high, one["subject_id"])]
    number = header["number"]
    row = {
        "id": number,
        "month": header["month"],
        "first_id": events[0]["id"],
        "last_id": events[-1]["id"],
        "events": len(events),
        "size": size,
        "sha256": sha256,
        "previous": header["previous"],
        "subjects": subjects,
        "made_at": utcnow(),
    }
    try:
        with transaction() as session:
            session.execute(insert(EventArchive), row)
            detail = {"month": header["month"], "events": len(events)}
            record(session, "events.archived", "archive", number, actor="cli", detail=detail)
    except IntegrityError as error:
        raise OperatorError("another process is archiving events: let it finish") from error


def _finish(store: ContentStore, tell: Callable[[int], None]) -> None:
    """Delete the events of each archive that still has some in the database."""
    query = select(EventArchive.id, EventArchive.sha256).where(EventArchive.emptied_at.is_(None))
    for number, sha256 in db.session.execute(query.order_by(EventArchive.id)).all():
        db.session.rollback()
        ids = [line["id"] for line in read_archive(store.read(sha256))]
        for start in range(0, len(ids), BATCH):
            with transaction() as session:
                _delete(session, ids[start : start + BATCH])
            tell(min(start + BATCH, len(ids)))
        with transaction() as session:
            session.execute(
                update(EventArchive).where(EventArchive.id == number).values(emptied_at=utcnow())
            )


def _delete(session: Session, ids: list[int]) -> None:
    session.execute(delete(Event).where(Event.id.in_(ids)))
