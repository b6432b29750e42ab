"""Keep the milestones that a division has sent when the division gets new boundaries.

The rule (docs/decisions/redistricting.md): a division writes to its lawmakers once for each
hundred, whatever its boundaries. So a new district of an existing division starts with the
milestones already sent, as inherited milestones without a letter; one of a new division starts with
none. A milestone that was reached and whose sending had not begun is held, and reached again by the
people who live in the new district.

These functions run in the transaction that puts the boundaries in force.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from petition.core.database import insert_into
from petition.counting.milestones import fill_milestones, make_code
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    HoldReason,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Tally,
)
from petition.models.counts.tally import CARRIED
from petition.transitions.delivery_changes import hold_unsent, queue_held


def close_districts(session: Session, districts: Sequence[int], now: datetime) -> int:
    """Hold the letters of these districts whose sending has not begun; return how many.

    - The tallies are locked first, as every claim locks them, so that no sending begins meanwhile.
    - Sending that has begun continues: its names are final. The letter of the same milestone to a
      further post is sent too, even if it waited for the count to recover, which it cannot do here.
    """
    session.execute(
        select(Tally.district_id)
        .where(Tally.district_id.in_(districts))
        .order_by(Tally.campaign_id, Tally.district_id)
        .with_for_update()
    ).all()
    unsealed = select(Milestone.id).where(
        Milestone.district_id.in_(districts), Milestone.sealed_at.is_(None)
    )
    held = hold_unsent(session, HoldReason.REDISTRICTED, Delivery.milestone_id.in_(unsealed))
    begun = select(Milestone.id).where(
        Milestone.district_id.in_(districts), Milestone.sealed_at.is_not(None)
    )
    queue_held(session, HoldReason.BELOW, now, Delivery.milestone_id.in_(begun))
    session.execute(
        update(Letter)
        .where(Letter.milestone_id.in_(unsealed), Letter.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    return len(held)


def open_districts(session: Session, districts: Sequence[int], now: datetime) -> int:
    """Give these districts the milestones that their divisions have sent; return how many.

    - A district that comes into force again (an older set put back) continues with its own
      milestones, and inherits those that were sent since.
    """
    sent = _find_sent(session, districts)
    own = _read_own(session, {row.district_id for row in sent})
    inherited = [row for row in sent if (row.campaign_id, row.district_id, row.number) not in own]
    already = [
        own[key] for row in sent if (key := (row.campaign_id, row.district_id, row.number)) in own
    ]
    _open_tallies(session, sent, now)
    if inherited:
        session.execute(insert(Milestone), [_inherit(row, now) for row in inherited])
    _release_carried(session, already)
    session.execute(
        update(Milestone)
        .where(Milestone.id.in_(already), Milestone.sealed_at.is_(None))
        .values(state=MilestoneState.CLEARED, sealed_at=now, inherited=True)
    )
    _resume_held(session, districts, now)
    return len(inherited)


class _Sent(NamedTuple):
    campaign_id: int
    district_id: int
    number: int
    step: int
    reached_at: datetime


def _find_sent(session: Session, districts: Sequence[int]) -> list[_Sent]:
    """Return every milestone up to the last that the division of one of the districts has sent."""
    here, was = aliased(District), aliased(District)
    rows = session.execute(
        select(
            Milestone.campaign_id,
            here.id,
            Campaign.step,
            func.max(Milestone.number),
            func.max(Milestone.reached_at),
        )
        .join(was, was.id == Milestone.district_id)
        .join(here, (here.division_id == was.division_id) & (here.layer == was.layer))
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(here.id.in_(districts), here.id != was.id, Milestone.sealed_at.is_not(None))
        .group_by(Milestone.campaign_id, here.id, Campaign.step)
        .order_by(Milestone.campaign_id, here.id)
    )
    return [
        _Sent(campaign_id, district_id, number, step, reached_at)
        for campaign_id, district_id, step, last, reached_at in rows
        for number in range(1, last + 1)
    ]


def _read_own(session: Session, districts: Iterable[int]) -> dict[tuple[int, int, int], int]:
    rows = session.execute(
        select(Milestone.campaign_id, Milestone.district_id, Milestone.number, Milestone.id).where(
            Milestone.district_id.in_(list(districts))
        )
    )
    return {(row.campaign_id, row.district_id, row.number): row.id for row in rows}


def _open_tallies(session: Session, sent: Sequence[_Sent], now: datetime) -> None:
    last = {(row.campaign_id, row.district_id): row for row in sent}
    for row in last.values():
        values = {
            "campaign_id": row.campaign_id,
            "district_id": row.district_id,
            "step": row.step,
            "live": 0,
            "joined": 0,
            "reached": row.number,
            "updated_at": now,
        }
        opened = insert_into(session, Tally).values(values)
        reached = func.coalesce(Tally.reached, 0)
        session.execute(
            opened.on_conflict_do_update(
                index_elements=["campaign_id", "district_id"],
                set_={"reached": opened.excluded.reached, "updated_at": now},
                where=reached < opened.excluded.reached,
            )
        )


def _inherit(row: _Sent, now: datetime) -> dict[str, Any]:
    return {
        "campaign_id": row.campaign_id,
        "district_id": row.district_id,
        "number": row.number,
        "follows": row.number - 1 or None,
        "threshold": row.number * row.step,
        "code": make_code(),
        "reached_at": row.reached_at,
        "state": MilestoneState.CLEARED,
        "sealed_at": now,
        "inherited": True,
    }


def _release_carried(session: Session, milestone_ids: Sequence[int]) -> None:
    """Clear ``carried_by`` of the members of these milestones, sealed without a letter."""
    session.execute(
        update(Milestone)
        .where(
            Milestone.id.in_(milestone_ids),
            Milestone.sealed_at.is_(None),
            Milestone.state != MilestoneState.REACHED,
        )
        .values(state=MilestoneState.REACHED)
    )
    session.execute(
        update(LedgerEntry)
        .where(
            exists().where(
                CARRIED,
                Milestone.id.in_(milestone_ids),
                Milestone.sealed_at.is_(None),
            )
        )
        .values(carried_by=None)
    )


def _resume_held(session: Session, districts: Sequence[int], now: datetime) -> None:
    """Queue what was held when these districts went out of force, once its threshold is reached."""
    unsealed = select(Milestone.id).where(
        Milestone.district_id.in_(districts), Milestone.sealed_at.is_(None)
    )
    session.execute(
        update(Delivery)
        .where(
            Delivery.milestone_id.in_(unsealed),
            Delivery.state == DeliveryState.HELD,
            Delivery.reason == HoldReason.REDISTRICTED,
        )
        .values(reason=HoldReason.BELOW)
    )
    campaigns = session.scalars(
        select(Tally.campaign_id).where(Tally.district_id.in_(districts)).distinct()
    ).all()
    for campaign_id in campaigns:  # the threshold may still be reached
        fill_milestones(session, campaign_id, districts, now)
