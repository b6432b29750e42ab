"""Count the people of each area of the map, once an hour: what "near you" tells.

Areas are H3 cells of resolution 4, some 40 km across: one fixed partition, so that no two questions
can be held against each other to tell what lies between.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, insert, or_, select

from petition.clock import utcnow
from petition.extensions import db, transaction
from petition.models import AreaCount, Campaign, CampaignState, Signature, SignatureState
from petition.models.tally import find_area

RENEWED_AFTER = timedelta(hours=1)


def count_areas_if_due() -> int:
    """Count the areas of the campaigns whose counts are an hour old; return how many have any.

    - An open campaign's as soon as there are people; a closed one's for as long as something is
      told of it, since people go on leaving it.
    - Where nobody is left nothing is told any more, not what was counted last.
    """
    now = utcnow()
    due = _find_due(now)
    # One reading for all of them: it goes through every signature, however many are due.
    people = _count_people(list(due)) if due else {}
    db.session.rollback()
    for campaign_id, was_counted in due.items():
        if was_counted or people[campaign_id]:
            _replace(campaign_id, people[campaign_id], now)
    return sum(bool(areas) for areas in people.values())


def _find_due(now: datetime) -> dict[int, bool]:
    """Return whether something is told already of each campaign that is due, by its id."""
    counted = (
        select(AreaCount.campaign_id, func.max(AreaCount.counted_at).label("at"))
        .group_by(AreaCount.campaign_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Campaign.id, counted.c.at)
        .outerjoin(counted, counted.c.campaign_id == Campaign.id)
        .where(
            or_(
                and_(Campaign.state == CampaignState.OPEN, counted.c.at.is_(None)),
                and_(Campaign.state != CampaignState.DRAFT, counted.c.at <= now - RENEWED_AFTER),
            )
        )
    )
    return {campaign_id: at is not None for campaign_id, at in rows}


def _count_people(campaigns: Sequence[int]) -> dict[int, Counter[str]]:
    """Return the people of each area, for each of the campaigns."""
    people: dict[int, Counter[str]] = {campaign_id: Counter() for campaign_id in campaigns}
    rows = db.session.execute(
        select(Signature.campaign_id, Signature.cell, func.count())
        .where(
            Signature.campaign_id.in_(campaigns),
            Signature.state == SignatureState.COUNTED,
            Signature.cell.is_not(None),
        )
        .group_by(Signature.campaign_id, Signature.cell)
    )
    for campaign_id, cell, number in rows:
        people[campaign_id][find_area(str(cell))] += number
    return people


def _replace(campaign_id: int, people: Counter[str], now: datetime) -> None:
    """Put these counts in the place of a campaign's; areas of nobody have none."""
    with transaction() as session:
        session.execute(delete(AreaCount).where(AreaCount.campaign_id == campaign_id))
        if people:
            session.execute(
                insert(AreaCount),
                [
                    {"campaign_id": campaign_id, "area": area, "people": number, "counted_at": now}
                    for area, number in people.items()
                ],
            )
