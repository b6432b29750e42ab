"""Count the signers of each area of the map once an hour, for "near you".

- Areas are H3 cells of resolution 4, some 40 km across: one fixed partition, so that no two queries
  can be subtracted from each other.
- A count is disclosed by the rule for districts (petition/counting/disclosure_level.py). Networks
  are known for the last seven days; ``several_networks``, once true, is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, or_, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.disclosure_level import find_level, is_spread
from petition.models import AreaCount, Campaign, CampaignState, Signature, SignatureState
from petition.models.counts.tally import find_area
from petition.models.signatures.network_bucket import BUCKETS

RENEWED_AFTER = timedelta(hours=1)


@dataclass(slots=True)
class CellCount:
    """The signers of an area, and how many of them came from each bucket of networks."""

    people: int = 0
    networks: Counter[int] = field(default_factory=Counter)


def count_areas_if_due() -> int:
    """Count the areas of the campaigns whose counts are an hour old; return how many have any.

    - For an open campaign as soon as it has signers; for a closed one as long as it has counts,
      since signers may still withdraw.
    - If no signer is left, the last counts are deleted.
    """
    now = utcnow()
    due = _find_due(now)
    # One query for all of them: it reads every signature, however many campaigns are due.
    people = _count_people(list(due)) if due else {}
    db.session.rollback()
    for campaign_id, was_counted in due.items():
        if was_counted or people[campaign_id]:
            _replace(campaign_id, people[campaign_id], now)
    return sum(bool(areas) for areas in people.values())


def _find_due(now: datetime) -> dict[int, bool]:
    """Return the due campaigns: by id, whether each has counts already."""
    counted = (
        select(AreaCount.campaign_id, func.max(AreaCount.counted_at).label("at"))
        .group_by(AreaCount.campaign_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Campaign.id, counted.c.at)
        .outerjoin(counted, counted.c.campaign_id == Campaign.id)
        .where(
            Campaign.people_erased_at.is_(None),  # their last counts are kept
            or_(
                and_(Campaign.state == CampaignState.OPEN, counted.c.at.is_(None)),
                and_(Campaign.state != CampaignState.DRAFT, counted.c.at <= now - RENEWED_AFTER),
            ),
        )
    )
    return {campaign_id: at is not None for campaign_id, at in rows}


def _count_people(campaigns: Sequence[int]) -> dict[int, dict[str, CellCount]]:
    """Return the signers of each area, for each of the campaigns."""
    people: dict[int, dict[str, CellCount]] = {id: defaultdict(CellCount) for id in campaigns}
    network = func.substr(Signature.networks, 1, 1)
    # Imported signatures have no network; they are spread over the buckets by id.
    spread = case(
        (Signature.networks.is_(None) & Signature.batch.is_not(None), Signature.id % BUCKETS)
    )
    rows = db.session.execute(
        select(Signature.campaign_id, Signature.cell, network, spread, func.count())
        .where(
            Signature.campaign_id.in_(campaigns),
            Signature.state == SignatureState.COUNTED,
            Signature.cell.is_not(None),
        )
        .group_by(Signature.campaign_id, Signature.cell, network, spread)
    )
    for campaign_id, cell, byte, number, count in rows:
        area = people[campaign_id][find_area(str(cell))]
        area.people += count
        if byte is not None or number is not None:
            area.networks[bytes(byte)[0] if number is None else number] += count
    return people


def _replace(campaign_id: int, people: dict[str, CellCount], now: datetime) -> None:
    """Replace a campaign's counts by these; areas without signers have no row."""
    with transaction() as session:
        known = set(
            session.scalars(
                select(AreaCount.area).where(
                    AreaCount.campaign_id == campaign_id, AreaCount.several_networks
                )
            )
        )
        session.execute(delete(AreaCount).where(AreaCount.campaign_id == campaign_id))
        if people:
            session.execute(
                insert(AreaCount),
                [
                    _describe(campaign_id, name, area, name in known, now)
                    for name, area in people.items()
                ],
            )


def _describe(
    campaign_id: int, name: str, area: CellCount, known: bool, now: datetime
) -> dict[str, Any]:
    level = find_level(campaign_id, name)
    several = known or is_spread(area.networks.values(), level)
    return {
        "campaign_id": campaign_id,
        "area": name,
        "people": area.people,
        "counted_at": now,
        "several_networks": several,
        "is_told": several and area.people >= level,
    }
