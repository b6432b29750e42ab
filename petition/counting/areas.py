"""Count the people of each area of the map, once an hour: what "near you" tells.

Areas are H3 cells of resolution 4, some 40 km across: one fixed partition, so that no two questions
can be held against each other to tell what lies between.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from petition.clock import utcnow
from petition.extensions import db, transaction
from petition.models import AreaCount, Campaign, CampaignState, Signature, SignatureState
from petition.models.tally import find_area

RENEWED_AFTER = timedelta(hours=1)


def count_areas_if_due() -> int:
    """Count the areas of the open campaigns whose counts are an hour old; return how many."""
    now = utcnow()
    counted = (
        select(AreaCount.campaign_id, func.max(AreaCount.counted_at).label("at"))
        .group_by(AreaCount.campaign_id)
        .subquery()
    )
    due = db.session.scalars(
        select(Campaign.id)
        .outerjoin(counted, counted.c.campaign_id == Campaign.id)
        .where(
            Campaign.state == CampaignState.OPEN,
            counted.c.at.is_(None) | (counted.c.at <= now - RENEWED_AFTER),
        )
    ).all()
    db.session.rollback()
    return sum(_count_areas(campaign_id, now) for campaign_id in due)


def _count_areas(campaign_id: int, now: datetime) -> bool:
    """Replace the counts of one campaign; return whether anybody is in any area."""
    people: Counter[str] = Counter()
    rows = db.session.execute(
        select(Signature.cell, func.count())
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state == SignatureState.COUNTED,
            Signature.cell.is_not(None),
        )
        .group_by(Signature.cell)
    )
    for cell, number in rows:
        people[find_area(str(cell))] += number
    if not people:
        return False
    with transaction() as session:
        session.execute(delete(AreaCount).where(AreaCount.campaign_id == campaign_id))
        session.execute(
            insert(AreaCount),
            [
                {"campaign_id": campaign_id, "area": area, "people": number, "counted_at": now}
                for area, number in people.items()
            ],
        )
    return True
