"""The trail by pages, the newest event first, with filters; and all of what matches, for a file.

- Only what is in the database: events that were archived are in their files.
- No transaction is open between two pages.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from petition.audit.archive_files import COLUMNS, make_event
from petition.audit.chain.event_lines import write_event_line
from petition.core.extensions import db
from petition.models import Event, EventArchive
from petition.validation.spreadsheet_cells import protect_cell

PAGE = 50
EXPORT_ROWS = 1_000
# Ids and moments rise together, but for transactions under way: further apart they never are.
DISORDER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What to list; empty and None: all.

    - ``kind``: an action, as ``letter.viewed``, or what its name begins with, as ``letter``.
      ``since`` is included, ``until`` is not.
    """

    subject: str = ""
    subject_id: int | None = None
    kind: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search_trail(
    filters: TrailFilters, before: int | None = None, limit: int = PAGE
) -> list[Event]:
    """Return up to ``limit`` events that match, with ids below ``before``, the newest first."""
    query = select(*(getattr(Event, name) for name in COLUMNS)).where(*_match(filters))
    if before is not None:
        query = query.where(Event.id < before)
    rows = db.session.execute(query.order_by(Event.id.desc()).limit(limit)).all()
    db.session.rollback()
    return [make_event(row._asdict()) for row in rows]


def write_trail_lines(filters: TrailFilters) -> Iterator[bytes]:
    """Yield what matches as JSON lines, as they are hashed by the chain; the newest first."""
    for page in _read_pages(filters):
        yield b"".join(write_event_line(_describe(event)) + b"\n" for event in page)


def write_trail_csv(filters: TrailFilters) -> Iterator[str]:
    """Yield what matches as CSV, the headings first; ``detail`` is JSON, times are UTC.

    - A cell that a spreadsheet would take as a formula begins with an apostrophe.
    """
    yield _write_rows([list(COLUMNS)])
    for page in _read_pages(filters):
        yield _write_rows([_list_cells(event) for event in page])


def list_subjects() -> Sequence[str]:
    """Return the subjects that there are, by name; each is found at an end of the index."""
    found: list[str] = []
    while True:
        after = Event.subject > found[-1] if found else Event.subject != ""
        following = db.session.scalar(select(func.min(Event.subject)).where(after))
        if following is None:
            db.session.rollback()
            return found
        found.append(following)


def find_archived_upto() -> str | None:
    """Return the last month of which events are archived, as 2026-09; None if there is none."""
    month = db.session.scalar(select(func.max(EventArchive.month)))
    db.session.rollback()
    return month


def _read_pages(filters: TrailFilters) -> Iterator[list[Event]]:
    before: int | None = None
    while page := search_trail(filters, before, EXPORT_ROWS):
        yield page
        before = page[-1].id


def _match(filters: TrailFilters) -> Iterator[ColumnElement[bool]]:
    if filters.subject:
        yield Event.subject == filters.subject
    if filters.subject_id is not None:
        yield Event.subject_id == filters.subject_id
    if filters.kind:
        yield or_(
            Event.action == filters.kind,
            Event.action.startswith(f"{filters.kind}.", autoescape=True),
        )
    if filters.actor:
        yield Event.actor == filters.actor
    if filters.since is not None:
        yield Event.at >= filters.since
        yield Event.id >= _find_id(filters.since - DISORDER)
    if filters.until is not None:
        yield Event.at < filters.until
        yield Event.id < _find_id(filters.until + DISORDER)


def _find_id(moment: datetime) -> int:
    """Return about the first id of events at ``moment`` or later: there is no index of moments."""
    low: int | None = db.session.scalar(select(func.min(Event.id)))
    high: int | None = db.session.scalar(select(func.max(Event.id)))
    if low is None or high is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        row = db.session.execute(
            select(Event.id, Event.at).where(Event.id >= middle).order_by(Event.id).limit(1)
        ).one_or_none()
        if row is None or row.at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low


def _describe(event: Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in COLUMNS}


def _list_cells(event: Event) -> list[str]:

    cells = (
        str(event.id),
        event.at.isoformat(),
        event.actor,
        event.action,
        event.subject,
        str(event.subject_id),
        json.dumps(event.detail, ensure_ascii=False, sort_keys=True),
    )
    return [protect_cell(cell) for cell in cells]


def _write_rows(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
