"""Chain the events that are settled: the reconciler adds a signed link for what was committed.

- Not in the transaction of each event: every signature would wait for the one before.
- Safe to stop at any moment and to run several times at once: a link is one row, and of two
  processes that add the same one the second is refused by the database.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from petition.audit.archive_files import COLUMNS
from petition.audit.chain.event_lines import (
    hash_lines,
    mark_lines,
    write_event_line,
    write_statement,
)
from petition.audit.chain.link_keys import find_key
from petition.audit.chain.settled_events import find_settled
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.models import Event, EventLink

log = get_logger(__name__)

# Events of one link: read at once, 2 MB.
LINK_EVENTS = 5_000
# The other steps of the reconciler wait meanwhile.
ROUND_SECONDS = 10.0
# Events that are in no link for longer than this are late: a link a minute is made.
LATE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last link; ``signature``: in hexadecimal, by the key of this number."""

    number: int
    last_event: int
    head: str
    made_at: datetime
    key: int
    signature: str


@dataclass(frozen=True, slots=True)
class Unchained:
    """How many events are in no link, at most LINK_EVENTS + 1, and the time of the oldest."""

    events: int
    oldest: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether the oldest has waited for longer than an hour."""
        return self.oldest is not None and ((utcnow() - self.oldest).total_seconds() > LATE_SECONDS)


def chain_events(seconds: float = ROUND_SECONDS) -> int:
    """Add links for the events that are settled, for ``seconds`` at most; return how many events.

    - 0 also while a transaction that may still add an earlier event is not over.
    """
    ends_at = time.monotonic() + seconds
    settled = find_settled() if count_unchained().events else None
    total = 0
    while settled is not None and time.monotonic() < ends_at:
        done = _add_link(settled)
        if not done:
            break
        total += done
    return total


def read_head() -> ChainHead | None:
    """Return the last link; None where nothing is chained yet."""
    link = _read_last()
    if link is None:
        return None
    return ChainHead(
        link.number, link.last_id, link.head, link.made_at, link.key_id, link.signature.hex()
    )


def count_unchained() -> Unchained:
    """Return the events after the last link."""
    last = select(func.coalesce(func.max(EventLink.last_id), 0)).scalar_subquery()
    after = (
        select(Event.id, Event.at)
        .where(Event.id > last)
        .order_by(Event.id)
        .limit(LINK_EVENTS + 1)
        .subquery()
    )
    number, oldest = db.session.execute(select(func.count(), func.min(after.c.at))).one()
    db.session.rollback()
    return Unchained(number, oldest)


def _add_link(settled: int) -> int:
    last = _read_last()
    rows = db.session.execute(
        select(*(getattr(Event, name) for name in COLUMNS))
        .where(Event.id > (last.last_id if last else 0), Event.id <= settled)
        .order_by(Event.id)
        .limit(LINK_EVENTS)
    ).all()
    db.session.rollback()  # nothing is open while they are hashed
    if not rows:
        return 0
    lines = [(row.id, write_event_line(row._asdict())) for row in rows]
    previous = last.head if last else None
    link = {
        "number": last.number + 1 if last else 1,
        "first_id": lines[0][0],
        "last_id": lines[-1][0],
        "events": len(lines),
        "previous": previous,
        "head": hash_lines(previous, lines),
        "marks": mark_lines(lines),
        "made_at": utcnow(),
    }
    return len(lines) if _store(link) else 0


def _store(link: Mapping[str, Any]) -> bool:
    """Sign and store a link; return False if another process stored one meanwhile."""
    try:
        with transaction() as session:
            key_id, key = find_key(session)
            signature = key.sign(write_statement(link))
            session.execute(insert(EventLink), {**link, "key_id": key_id, "signature": signature})
    except IntegrityError:
        return False
    # Whoever keeps the logs elsewhere has what a rewritten chain would differ from.
    log.info("audit.chained", **_describe(link), signature=signature.hex())
    return True


def _describe(link: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "link": link["number"],
        "last_event": link["last_id"],
        "events": link["events"],
        "head": link["head"],
    }


def _read_last() -> EventLink | None:
    query = select(EventLink).order_by(EventLink.number.desc()).limit(1)
    last = db.session.scalars(query).first()
    if last is not None:
        db.session.expunge(last)
    db.session.rollback()
    return last
