"""The totals as they were last counted: by the scheduler, at most once a minute.

- A page reads one row, however many signatures there are. Counting reads whole tables: after one
  that took long the scheduler rests SHARE times as long, as for the counts of ``petition status``.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.background_loop import keep_repeating
from petition.models import Heartbeat
from petition.processes.heartbeats import take_turn
from petition.totals.total_counts import ALL, CampaignTotals, count_totals

# The name of the heartbeats row; its ``at`` is when counting started.
MARK = "totals"
SHARE = 20
SHORTEST_REST = timedelta(seconds=60)
CHECK_SECONDS = 15.0
FIRST_SECONDS = 5.0
EMPTY = CampaignTotals([], {}, [], [])


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """Totals with the moment of their counting; None before the first."""

    totals: CampaignTotals
    counted_at: datetime | None


def read_totals(campaign_id: int | None = None) -> KeptTotals:
    """Return the last totals of a campaign; None: of all campaigns together."""
    detail = _read_kept()
    if detail is None:
        return KeptTotals(EMPTY, None)
    found = detail["campaigns"].get(ALL if campaign_id is None else str(campaign_id))
    counted_at = datetime.fromisoformat(detail["counted_at"])
    if found is None:
        return KeptTotals(EMPTY, counted_at)
    totals = CampaignTotals(
        days=[(day, number) for day, number in found["days"]],
        precisions=found["precisions"],
        weeks=[(week, number, middle, most) for week, number, middle, most in found["weeks"]],
        returned=[(week, number) for week, number in found["returned"]],
    )
    return KeptTotals(totals, counted_at)


def renew_totals_kept(now: datetime | None = None) -> bool:
    """Count and keep, if it is due and no other process does it; return whether it was done."""
    now = now or utcnow()
    if not _claim(now):
        return False
    began = time.monotonic()
    found = count_totals(db.session(), now)
    db.session.rollback()
    detail = {
        "seconds": round(time.monotonic() - began, 3),
        "counted_at": now.isoformat(),
        "campaigns": {key: asdict(totals) for key, totals in found.items()},
    }
    with transaction() as session:
        session.execute(update(Heartbeat).where(Heartbeat.name == MARK).values(detail=detail))
    return True


def keep_totals(app: Flask) -> AbstractContextManager[None]:
    """Renew the totals in a thread until the block ends."""

    def renew() -> None:
        with app.app_context():
            try:
                renew_totals_kept()
            finally:
                db.session.remove()

    return keep_repeating("totals", renew, CHECK_SECONDS, FIRST_SECONDS)


def _read_kept() -> dict[str, Any] | None:
    detail = db.session.scalar(select(Heartbeat.detail).where(Heartbeat.name == MARK))
    return detail or None


def _claim(now: datetime) -> bool:
    kept = _read_kept()
    rest = max(SHORTEST_REST, timedelta(seconds=SHARE * kept["seconds"] if kept else 0.0))
    db.session.rollback()
    with transaction() as session:
        return take_turn(session, MARK, rest, now)
