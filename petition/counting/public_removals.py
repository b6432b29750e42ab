"""The public log of removals: why a count went down, by day and reason, without small numbers.

- Each day (UTC) those who left a count on the days before are added to the period of their reason
  that is still open. It ends, and is published, once it has reached a level of 10 to 19, which is
  fixed for each campaign and reason, and secret: few who leave are published with the next ones.
- A period's number is rounded down to tens, and never changes afterwards.
- The day is that on which a signature left the ledger, which an erasure later does not change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.counting.count_rounding import round_down
from petition.counting.disclosure_level import find_level
from petition.models import (
    Campaign,
    CampaignState,
    LedgerEntry,
    PublicRemoval,
    RemovalKind,
    Signature,
)

SHOWN = 200  # periods on the page
# How long after midnight a transaction of the day before may still be open.
LONGEST_TRANSACTION = timedelta(minutes=10)
REASONS: dict[RemovalKind, ColumnElement[bool]] = {
    RemovalKind.LEFT: Signature.invalidated_with.is_(None),
    RemovalKind.CHECKED: Signature.invalidated_with.is_not(None),
}


@dataclass(frozen=True, slots=True)
class RemovalPeriod:
    """Signatures that left for one reason, on the days from ``first`` to ``last``, both included.

    - ``people``: rounded down to tens.
    """

    kind: RemovalKind
    first: date
    last: date
    people: int


def publish_removals() -> int:
    """Publish the periods that have ended before today; return how many.

    - Once a day for each campaign, whoever calls. Campaigns whose people are erased keep theirs.
    """
    today = (utcnow() - LONGEST_TRANSACTION).date()
    return sum(_publish(campaign_id, today) for campaign_id in list(_find_due(today)))


def list_removals(campaign_id: int) -> list[RemovalPeriod]:
    """Return the published periods of a campaign, the latest first."""
    rows = db.session.execute(
        select(PublicRemoval.kind, PublicRemoval.since, PublicRemoval.until, PublicRemoval.people)
        .where(PublicRemoval.campaign_id == campaign_id, PublicRemoval.kind != RemovalKind.READ)
        .order_by(PublicRemoval.until.desc(), PublicRemoval.kind)
        .limit(SHOWN)
    )
    day = timedelta(days=1)
    return [
        RemovalPeriod(RemovalKind(row.kind), row.since, row.until - day, row.people) for row in rows
    ]


def _find_due(today: date) -> Iterator[int]:
    read = (
        select(PublicRemoval.campaign_id)
        .where(PublicRemoval.kind == RemovalKind.READ, PublicRemoval.until >= today)
        .scalar_subquery()
    )
    rows = db.session.scalars(
        select(Campaign.id)
        .where(
            Campaign.state != CampaignState.DRAFT,
            Campaign.people_erased_at.is_(None),
            Campaign.id.not_in(read),
        )
        .order_by(Campaign.id)
    ).all()
    db.session.rollback()
    yield from rows


def _publish(campaign_id: int, today: date) -> int:
    with transaction() as session:
        if not _claim(session, campaign_id, today):
            return 0
        begun = session.scalars(select(Campaign.created_at).where(Campaign.id == campaign_id)).one()
        ended = 0
        for kind, reason in REASONS.items():
            since = _find_end(session, campaign_id, kind) or begun.date()
            people = _count(session, campaign_id, reason, since, today)
            if people < find_level(campaign_id, f"removed {kind}"):
                continue
            row = {"campaign_id": campaign_id, "kind": kind, "since": since, "until": today}
            session.execute(insert(PublicRemoval), row | {"people": round_down(people)})
            ended += 1
        return ended


def _claim(session: Session, campaign_id: int, today: date) -> bool:
    """Note that the days before today are read; return False where another process just did."""
    row = {
        "campaign_id": campaign_id,
        "kind": RemovalKind.READ,
        "since": date.min,
        "until": date.min,
        "people": 0,
    }
    session.execute(insert_into(session, PublicRemoval).values(row).on_conflict_do_nothing())
    moved = session.scalars(
        update(PublicRemoval)
        .where(
            PublicRemoval.campaign_id == campaign_id,
            PublicRemoval.kind == RemovalKind.READ,
            PublicRemoval.until < today,
        )
        .values(until=today)
        .returning(PublicRemoval.campaign_id)
    ).all()
    return bool(moved)


def _find_end(session: Session, campaign_id: int, kind: RemovalKind) -> date | None:
    return session.scalar(
        select(func.max(PublicRemoval.until)).where(
            PublicRemoval.campaign_id == campaign_id, PublicRemoval.kind == kind
        )
    )


def _count(
    session: Session, campaign_id: int, reason: ColumnElement[bool], since: date, until: date
) -> int:
    """Return how many signatures that ended left their last count on these days."""
    left_at = (
        select(func.max(LedgerEntry.left_at))
        .where(LedgerEntry.signature_id == Signature.id, LedgerEntry.left_at.is_not(None))
        .correlate(Signature)
        .scalar_subquery()
    )
    return (
        session.scalar(
            select(func.count())
            .select_from(Signature)
            .where(
                Signature.campaign_id == campaign_id,
                Signature.ended_at.is_not(None),
                reason,
                left_at >= _begin(since),
                left_at < _begin(until),
            )
        )
        or 0
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
