"""Walk the chain and find its first break: which link, which event, and what differs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select

from petition.audit.chain.event_lines import (
    Line,
    hash_lines,
    mark_lines,
    read_marks,
    write_statement,
)
from petition.audit.chain.link_keys import is_valid, list_keys, list_trusted
from petition.audit.chain.stored_events import StoredEvents, find_lowest
from petition.core.errors import StorageCorrupt
from petition.core.extensions import db
from petition.models import EventLink

Tell = Callable[[int], None]


class BreakKind(StrEnum):
    """What differs at a break."""

    EVENT_CHANGED = "event-changed"
    EVENT_MISSING = "event-missing"
    EVENT_ADDED = "event-added"
    # The row in the database is not as the archive has the event, which is as it was chained.
    ROW_DIFFERS = "row-differs"
    # The events are not those that were hashed, and the marks were changed with them.
    HEAD_DIFFERS = "head-differs"
    # The events are right, and the marks are not.
    MARKS_CHANGED = "marks-changed"
    LINK_MISSING = "link-missing"
    LINK_CHANGED = "link-changed"
    KEY_UNTRUSTED = "key-untrusted"
    ARCHIVE_UNREADABLE = "archive-unreadable"
    # A head that was written down elsewhere is not that of its link, or its link is missing.
    HEAD_REWRITTEN = "head-rewritten"


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first break; ``event``: the id of the event that differs, None for a link as a whole."""

    link: int
    event: int | None
    kind: BreakKind


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified: up to which link, how many events, its head, and the first break."""

    link: int
    events: int
    head: str | None
    breach: ChainBreak | None


def find_link_of(event_id: int) -> int:
    """Return the number of the link of an event; that after the last one for an unchained event."""
    found = db.session.scalar(
        select(func.min(EventLink.number)).where(EventLink.last_id >= event_id)
    )
    last = db.session.scalar(select(func.max(EventLink.number))) or 0
    db.session.rollback()
    return found or last + 1


def verify_chain(
    first: int = 1,
    *,
    seconds: float | None = None,
    expected: tuple[int, str] | None = None,
    tell: Tell = lambda events: None,
) -> Verified:
    """Verify the links from ``first`` on, which follows what is stored before it.

    - ``seconds``: stop after the link that is over then; None: at the last link.
    - ``expected``: the number and the head of a link, as they were written down elsewhere.
    - ``tell`` is called with the events verified so far. Reads a link at a time. Raises
      StorageUnavailable where the archives cannot be reached.
    """
    trusted = _read_trusted()
    before = _read_link(first - 1)
    if first > 1 and before is None:
        return Verified(first - 1, 0, None, ChainBreak(first - 1, None, BreakKind.LINK_MISSING))
    stored = StoredEvents(before.last_id if before else None)
    ends_at = time.monotonic() + seconds if seconds is not None else None
    number, events = first, 0
    while ends_at is None or number == first or time.monotonic() < ends_at:
        link = _read_link(number)
        breach = None
        if link is None:
            breach = _find_missing(number)
            if breach is None:
                break
        else:
            breach = _find_link_break(link, before, trusted) or _find_event_break(
                link, before, stored
            )
        if link is None or breach is not None:
            head = before.head if before else None
            return Verified(number - 1, events, head, breach)
        before, events, number = link, events + link.events, number + 1
        tell(events)
    breach = _find_low() or compare_head(expected)
    return Verified(number - 1, events, before.head if before else None, breach)


def _find_missing(number: int) -> ChainBreak | None:
    """Return the break of a number that has no link, where a later one has."""
    last = db.session.scalar(select(func.max(EventLink.number))) or 0
    db.session.rollback()
    return ChainBreak(number, None, BreakKind.LINK_MISSING) if last > number else None


def _find_link_break(
    link: EventLink, before: EventLink | None, trusted: dict[int, Ed25519PublicKey]
) -> ChainBreak | None:
    key = trusted.get(link.key_id)
    if key is None:
        return ChainBreak(link.number, None, BreakKind.KEY_UNTRUSTED)
    follows = link.previous == (before.head if before else None) and (
        before is None or link.first_id > before.last_id
    )
    statement = write_statement({name: getattr(link, name) for name in _SIGNED})
    if not follows or not is_valid(key, link.signature, statement):
        return ChainBreak(link.number, None, BreakKind.LINK_CHANGED)
    return None


_SIGNED = ("events", "first_id", "head", "last_id", "made_at", "number", "previous")


def _find_event_break(
    link: EventLink, before: EventLink | None, stored: StoredEvents
) -> ChainBreak | None:
    after = before.last_id if before else None
    try:
        lines = stored.read(link.last_id)
        if len(lines) < link.events:  # or one was archived since the archives were listed
            stored = StoredEvents(after)
            lines = stored.read(link.last_id)
    except StorageCorrupt:
        return ChainBreak(link.number, None, BreakKind.ARCHIVE_UNREADABLE)
    marks = mark_lines(lines)
    if hash_lines(link.previous, lines) == link.head:
        if stored.differing is not None:
            return ChainBreak(link.number, stored.differing, BreakKind.ROW_DIFFERS)
        if marks == link.marks:
            return None
        return ChainBreak(link.number, None, BreakKind.MARKS_CHANGED)
    return _name_event(link, lines, marks)


def _name_event(link: EventLink, lines: Sequence[Line], marks: bytes) -> ChainBreak:
    try:
        chained = dict(read_marks(link.marks))
    except ValueError:
        return ChainBreak(link.number, None, BreakKind.HEAD_DIFFERS)
    found = dict(read_marks(marks))
    for id in sorted(chained.keys() | found.keys()):
        if id not in found:
            return ChainBreak(link.number, id, BreakKind.EVENT_MISSING)
        if id not in chained:
            return ChainBreak(link.number, id, BreakKind.EVENT_ADDED)
        if chained[id] != found[id]:
            return ChainBreak(link.number, id, BreakKind.EVENT_CHANGED)
    return ChainBreak(link.number, None, BreakKind.HEAD_DIFFERS)


def _find_low() -> ChainBreak | None:
    """Return the break of an event that is below the first link: no link contains it."""
    first = db.session.scalar(select(EventLink.first_id).where(EventLink.number == 1))
    db.session.rollback()
    lowest = find_lowest()
    if lowest is None or lowest >= (first if first is not None else 1):
        return None
    return ChainBreak(1, lowest, BreakKind.EVENT_ADDED)


def compare_head(expected: tuple[int, str] | None) -> ChainBreak | None:
    """Return the break where a link has another head than ``expected``, or is missing."""
    if expected is None:
        return None
    link = _read_link(expected[0])
    if link is not None and link.head == expected[1]:
        return None
    return ChainBreak(expected[0], None, BreakKind.HEAD_REWRITTEN)


def _read_link(number: int) -> EventLink | None:
    link = db.session.get(EventLink, number, populate_existing=True) if number > 0 else None
    if link is not None:
        db.session.expunge(link)
    db.session.rollback()
    return link


def _read_trusted() -> dict[int, Ed25519PublicKey]:
    trusted = list_trusted(list_keys(db.session()))
    db.session.rollback()
    return trusted
