"""Row counts by state: queried directly while that is quick, else cached by the scheduler.

- Each query is an index-only scan of a whole index: about a second for some millions of signatures.
  Once counting takes SLOW_SECONDS, readers get the scheduler's last result with its time.
- The scheduler counts in a thread of its own, then pauses SHARE times as long as it took: counting
  uses at most a twentieth of one processor, whatever the number of rows.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import CompoundSelect, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from petition.comments.comment_list import count_waiting
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.background_loop import keep_repeating
from petition.models import (
    Delivery,
    Heartbeat,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
)
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import LIVE
from petition.processes.heartbeats import take_turn

# The name of the heartbeats row with the last counts; its ``at`` is when counting started.
MARK = "counts"
SLOW_SECONDS = 1.0
SHARE = 20
SHORTEST_REST = timedelta(seconds=60)
CHECK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Row counts by state, or by the id of the campaign as text.

    - ``live``, ``milestones``: by campaign. ``comments_waiting``: see Figures.
    """

    signatures: Mapping[str, int]
    live: Mapping[str, int]
    milestones: Mapping[str, int]
    held: int
    letters: int
    deliveries: Mapping[str, int]
    comments_waiting: int


def read_counts(session: Session) -> tuple[RowCounts, datetime]:
    """Return the counts and their time: now, or that of the cached ones where counting is slow."""
    kept = _read_kept(session)
    if kept is not None and kept["seconds"] >= SLOW_SECONDS:
        return RowCounts(**kept["counts"]), datetime.fromisoformat(kept["counted_at"])
    return count_all(session), utcnow()


def renew_counts_kept(now: datetime | None = None) -> bool:
    """Count and cache, if it is due and no other process does it; return whether it was done."""
    if not _claim(now or utcnow()):
        return False
    began, counted_at = time.monotonic(), utcnow()
    counts = count_all(db.session())
    db.session.rollback()
    detail = {
        "seconds": round(time.monotonic() - began, 3),
        "counted_at": counted_at.isoformat(),
        "counts": asdict(counts),
    }
    with transaction() as session:
        session.execute(update(Heartbeat).where(Heartbeat.name == MARK).values(detail=detail))
    return True


def keep_counts(app: Flask) -> AbstractContextManager[None]:
    """Refresh the cached counts in a thread until the block ends."""

    def renew() -> None:
        with app.app_context():
            try:
                renew_counts_kept()
            finally:
                db.session.remove()

    return keep_repeating("counts", renew, CHECK_SECONDS)


def count_all(session: Session) -> RowCounts:
    """Return the current counts, from indexes only.

    - One index has the uncounted signatures, another all that are live: the difference is the
      counted ones.
    """
    signatures: Counter[str] = Counter()
    live: Counter[str] = Counter()
    for campaign_id, state, number in session.execute(_count_signatures()):
        if state:
            signatures[state] += number
        else:
            live[str(campaign_id)] = number
    uncounted = sum(signatures[state] for state in LIVE if state != SignatureState.COUNTED)
    signatures[SignatureState.COUNTED.value] = live.total() - uncounted
    by_campaign = select(Milestone.campaign_id, func.count()).group_by(Milestone.campaign_id)
    by_state = select(Delivery.state, func.count()).group_by(Delivery.state)
    held = session.scalar(select(func.count()).where(Milestone.state == MilestoneState.HELD))
    letters = session.scalar(
        select(func.count()).select_from(Letter).where(Letter.superseded_at.is_(None))
    )
    return RowCounts(
        signatures=dict(signatures),
        live=dict(live),
        milestones=_gather(session.execute(by_campaign)),
        held=held or 0,
        letters=letters or 0,
        deliveries=_gather(session.execute(by_state)),
        comments_waiting=count_waiting(),
    )


def _read_kept(session: Session) -> dict[str, Any] | None:
    detail = session.scalar(select(Heartbeat.detail).where(Heartbeat.name == MARK))
    return detail or None


def _claim(now: datetime) -> bool:
    """Return whether counting is due and no other process has started it."""
    kept = _read_kept(db.session())
    rest = max(SHORTEST_REST, timedelta(seconds=SHARE * kept["seconds"] if kept else 0.0))
    db.session.rollback()
    with transaction() as session:
        return take_turn(session, MARK, rest, now)


def _count_signatures() -> CompoundSelect[int, str, int]:
    """Return one statement for both counts, which are subtracted and must share a snapshot.

    - Rows: (campaign, state, number) of the uncounted; (campaign, "", number) of all that are live.
    """
    uncounted = (
        select(Signature.campaign_id, Signature.state, func.count())
        .where(UNCOUNTED)
        .group_by(Signature.campaign_id, Signature.state)
    )
    live = (
        select(Signature.campaign_id, literal(""), func.count())
        .where(Signature.ended_at.is_(None))
        .group_by(Signature.campaign_id)
    )
    return union_all(uncounted, live)


def _gather(rows: Iterable[Any]) -> dict[str, int]:
    return {str(key): number for key, number in rows}
