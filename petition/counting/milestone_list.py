"""The milestones as staff see them, with the evidence about each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from petition.audit.event_reader import read_events
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.counting.counting_problems import CountingProblem
from petition.models import (
    Campaign,
    Delivery,
    District,
    Event,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
)
from petition.models.signatures.signature import UNCOUNTED

PAGE = 50


@dataclass(frozen=True, slots=True)
class Hundred:
    """One milestone.

    - ``evidence``: as petition/counting/evidence.py writes it; empty until it is judged.
    - ``judged_list``: the list of members that the verdict is for.
    - ``rejected``: how many signatures staff rejected with it and may still put back.
    - ``deliveries``: the number of its deliveries.
    """

    id: int
    campaign_id: int
    campaign: str
    campaign_title: str
    district: str
    division: str
    number: int
    threshold: int
    code: str
    state: MilestoneState
    reached_at: datetime
    judged_at: datetime | None
    sealed_at: datetime | None
    judged_list: str | None
    evidence: dict[str, Any]
    rejected: int
    deliveries: int

    @property
    def reasons(self) -> list[str]:
        """Why it is held; empty where it is not."""
        found: list[str] = self.evidence.get("reasons", [])
        return found


def list_hundreds(
    state: MilestoneState | None = None,
    campaign: str | None = None,
    after: int = 0,
    limit: int = PAGE,
    within: Collection[int] | None = None,
) -> list[Hundred]:
    """Return the milestones of a state (None: all) with an id above ``after``, in order of id.

    - ``campaign``: a slug. ``within``: ids of campaigns; None: all. Inherited milestones, which
      have no letter, are left out.
    """
    query = _select().where(Milestone.id > after, ~Milestone.inherited)
    if state is not None:
        query = query.where(Milestone.state == state)
    if campaign is not None:
        query = query.where(Campaign.slug == campaign)
    if within is not None:
        query = query.where(Milestone.campaign_id.in_(within))
    rows = db.session.execute(query.order_by(Milestone.id).limit(limit)).all()
    return [_describe(row) for row in rows]


def get_hundred(milestone_id: int) -> Hundred:
    """Return one milestone; raises NotFound."""
    row = db.session.execute(_select().where(Milestone.id == milestone_id)).one_or_none()
    if row is None:
        raise NotFound(CountingProblem.MILESTONE_NOT_FOUND)
    return _describe(row)


def read_diary(milestone_id: int) -> list[Event]:
    """Return the events of a milestone, oldest first."""
    return read_events(db.session(), {"milestone": [milestone_id]})


def count_held(within: Collection[int] | None = None) -> int:
    """Return how many milestones are held for staff; ``within``: as in ``list_hundreds``."""
    held = select(func.count()).where(Milestone.state == MilestoneState.HELD)
    if within is not None:
        held = held.where(Milestone.campaign_id.in_(within))
    return db.session.scalar(held) or 0


def _select() -> Select[*tuple[Any, ...]]:
    rejected = (
        select(func.count())
        .where(
            Signature.campaign_id == Milestone.campaign_id,
            Signature.state == SignatureState.REJECTED,
            UNCOUNTED,
            Signature.invalidated_with == Milestone.id,
        )
        .scalar_subquery()
    )
    deliveries = select(func.count()).where(Delivery.milestone_id == Milestone.id).scalar_subquery()
    return (
        select(
            Milestone,
            Campaign.slug,
            Campaign.title,
            District.name,
            District.state.label("in_state"),
            District.division_id,
            rejected.label("rejected"),
            deliveries.label("deliveries"),
        )
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .join(District, District.id == Milestone.district_id)
    )


def _describe(row: Row[*tuple[Any, ...]]) -> Hundred:
    milestone: Milestone = row.Milestone
    return Hundred(
        id=milestone.id,
        campaign_id=milestone.campaign_id,
        campaign=row.slug,
        campaign_title=row.title,
        district=f"{row.name}, {row.in_state}",
        division=row.division_id,
        number=milestone.number,
        threshold=milestone.threshold,
        code=milestone.code,
        state=MilestoneState(milestone.state),
        reached_at=milestone.reached_at,
        judged_at=milestone.judged_at,
        sealed_at=milestone.sealed_at,
        judged_list=milestone.judged_list,
        evidence=milestone.evidence or {},
        rejected=row.rejected,
        deliveries=row.deliveries,
    )
