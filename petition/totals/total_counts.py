"""What is counted over time for each campaign, in three statements that read whole tables.

- Days and weeks are UTC; a week is named by its Monday. Only FIGURE_DAYS back.
- Times from a hundred to its hand-over are counted by length, so that medians need no row each:
  to a second within SHORT seconds, to a minute beyond.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.core.database import is_sqlite
from petition.models import Attempt, Delivery, DeliveryState, Milestone, Signature

FIGURE_DAYS = 366
SHORT = 600
_MINUTE = 60
# The key of the sums of all campaigns.
ALL = "all"
UNPLACED = "none"


@dataclass(frozen=True, slots=True)
class CampaignTotals:
    """One campaign, or all; each list is ordered by its day or week, in ISO 8601.

    - ``days``: signatures in force by the day they were made. ``precisions``: the same by how
      precisely they were located, UNPLACED for those that were not.
    - ``weeks``: letters handed over, and the median and 95th percentile of the seconds since their
      hundred was reached. ``returned``: letters that came back and wait, by the week of it.
    """

    days: list[tuple[str, int]]
    precisions: dict[str, int]
    weeks: list[tuple[str, int, int, int]]
    returned: list[tuple[str, int]]


def count_totals(session: Session, now: datetime) -> dict[str, CampaignTotals]:
    """Return the totals by the id of the campaign as text, and of ALL."""
    since = now - timedelta(days=FIGURE_DAYS)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    precisions: dict[str, Counter[str]] = defaultdict(Counter)
    for campaign_id, day, precision, number in _count_signatures(session):
        for key in (str(campaign_id), ALL):
            precisions[key][precision or UNPLACED] += number
            if day >= since.date().isoformat():
                days[key][day] += number
    spans: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for campaign_id, day, seconds, number in _count_spans(session, since):
        for key in (str(campaign_id), ALL):
            spans[key][find_week(day)][int(seconds)] += number
    returned: dict[str, Counter[str]] = defaultdict(Counter)
    for campaign_id, day, number in _count_returned(session, since):
        for key in (str(campaign_id), ALL):
            returned[key][find_week(day)] += number
    keys = {ALL, *days, *precisions, *spans, *returned}
    return {
        key: CampaignTotals(
            days=sorted(days[key].items()),
            precisions=dict(precisions[key]),
            weeks=[_measure(week, lengths) for week, lengths in sorted(spans[key].items())],
            returned=sorted(returned[key].items()),
        )
        for key in keys
    }


def find_week(day: str) -> str:
    """Return the Monday of the week that contains a day, both in ISO 8601."""
    found = date.fromisoformat(day)
    return (found - timedelta(days=found.weekday())).isoformat()


def find_percentile(lengths: Mapping[int, int], percent: int) -> int:
    """Return the smallest length that so many percent do not exceed; 0 without any.

    - ``lengths``: how many there are of each.
    """
    rank = -(-sum(lengths.values()) * percent // 100)
    for length, number in sorted(lengths.items()):
        rank -= number
        if rank <= 0:
            return length
    return 0


def _measure(week: str, lengths: Mapping[int, int]) -> tuple[str, int, int, int]:
    return (
        week,
        sum(lengths.values()),
        find_percentile(lengths, 50),
        find_percentile(lengths, 95),
    )


def _count_signatures(session: Session) -> Any:
    day = _name_day(session, Signature.created_at)
    return session.execute(
        select(Signature.campaign_id, day, Signature.precision, func.count())
        .where(Signature.ended_at.is_(None))
        .group_by(Signature.campaign_id, day, Signature.precision)
    )


def _count_spans(session: Session, since: datetime) -> Any:
    day = _name_day(session, Attempt.ended_at)
    length = _count_seconds(session, Milestone.reached_at, Attempt.ended_at)
    step = case((length < SHORT, 1), else_=_MINUTE)
    rounded = length // step * step
    return session.execute(
        select(Milestone.campaign_id, day, rounded, func.count())
        .join(Delivery, Delivery.milestone_id == Milestone.id)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(Attempt.outcome == DeliveryState.ACCEPTED, Attempt.ended_at >= since)
        .group_by(Milestone.campaign_id, day, rounded)
    )


def _count_returned(session: Session, since: datetime) -> Any:
    day = _name_day(session, Delivery.settled_at)
    return session.execute(
        select(Milestone.campaign_id, day, func.count())
        .join(Delivery, Delivery.milestone_id == Milestone.id)
        .where(Delivery.state == DeliveryState.BOUNCED, Delivery.settled_at >= since)
        .group_by(Milestone.campaign_id, day)
    )


def _name_day(session: Session, moment: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """Return the day of a moment in UTC, in ISO 8601."""
    if is_sqlite(session):
        return func.substr(moment, 1, 10, type_=String)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD", type_=String)


def _count_seconds(
    session: Session, start: InstrumentedAttribute[Any], end: InstrumentedAttribute[Any]
) -> ColumnElement[int]:
    """Return the whole seconds between two moments; 0 where the second is the earlier."""
    if is_sqlite(session):
        span = func.unixepoch(end) - func.unixepoch(start)
        return cast(func.max(span, 0), Integer)
    span = func.floor(func.extract("epoch", end - start))
    return cast(func.greatest(span, 0), Integer)
