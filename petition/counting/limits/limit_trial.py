"""What limits of the brake would have held: tried on the hundreds that were judged lately.

The evidence of each is stored in numbers, so a limit is compared with what was found then, and no
signer's data is opened. Only how many came in a short time is measured again, from the times of
joining, where the minutes are others than those that it was measured with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.core.brake_limits import BrakeLimits
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.counting.arrivals import read_moments
from petition.counting.evidence import HeldBecause, find_densest, list_limits
from petition.models import District, Milestone, MilestoneState, Signature
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import SignatureState

MOST_TRIED = 2_000  # hundreds, the newest ones


@dataclass(frozen=True, slots=True)
class TriedHundred:
    """One hundred that was judged, as the limits would judge it.

    - ``reasons``: why it would be held; empty: it would not be. ``was_held``: whether it was.
    - ``verdict``: of staff, ``released`` or ``invalidated``; empty without one.
    """

    milestone_id: int
    district: str
    threshold: int
    judged_at: datetime
    reasons: list[HeldBecause]
    was_held: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class LimitTrial:
    """The hundreds of some days under other limits; ``cut``: there were more than MOST_TRIED."""

    tried: list[TriedHundred]
    cut: bool

    @property
    def held(self) -> list[TriedHundred]:
        """Those that would be held."""
        return [one for one in self.tried if one.reasons]

    @property
    def were_held(self) -> int:
        """How many were held."""
        return sum(one.was_held for one in self.tried)

    @property
    def newly_held(self) -> list[TriedHundred]:
        """Those that would be held and were not."""
        return [one for one in self.tried if one.reasons and not one.was_held]

    @property
    def newly_passed(self) -> list[TriedHundred]:
        """Those that were held and would not be."""
        return [one for one in self.tried if one.was_held and not one.reasons]


def try_limits(campaign_id: int, limits: BrakeLimits, days: int) -> LimitTrial:
    """Return what the limits would have done with the hundreds judged within so many days."""
    session = db.session()
    rejected = exists().where(
        Signature.campaign_id == campaign_id,
        Signature.state == SignatureState.REJECTED,
        UNCOUNTED,
        Signature.invalidated_with == Milestone.id,
    )
    rows = session.execute(
        select(Milestone, District.name, rejected.label("rejected"))
        .join(District, District.id == Milestone.district_id)
        .where(
            Milestone.campaign_id == campaign_id,
            Milestone.judged_at >= utcnow() - timedelta(days=days),
            ~Milestone.inherited,
        )
        .order_by(Milestone.judged_at.desc(), Milestone.id.desc())
        .limit(MOST_TRIED + 1)
    ).all()
    tried = [
        TriedHundred(
            milestone_id=row.Milestone.id,
            district=row.name,
            threshold=row.Milestone.threshold,
            judged_at=row.Milestone.judged_at,
            reasons=_judge(session, row.Milestone, limits),
            was_held=_was_held(row.Milestone),
            verdict=_find_verdict(row.Milestone, row.rejected),
        )
        for row in rows[:MOST_TRIED]
        if row.Milestone.evidence
    ]
    return LimitTrial(tried, len(rows) > MOST_TRIED)


def _judge(session: Session, milestone: Milestone, limits: BrakeLimits) -> list[HeldBecause]:
    found: Mapping[str, Any] = milestone.evidence or {}
    shares = {look: (found.get(look.value) or {}).get("share") for look in list_limits(limits)}
    if found.get("quick_minutes") != limits.quick_minutes and limits.quick_share is not None:
        shares[HeldBecause.QUICK] = _measure_quick(session, milestone, limits.quick_minutes)
    reasons = [
        look
        for look, limit in list_limits(limits).items()
        if limit is not None and (share := shares[look]) is not None and share >= limit
    ]
    most = limits.letters_a_day
    if most is not None and found.get("letters_today", 0) > most:
        reasons.append(HeldBecause.LETTERS)
    return reasons


def _measure_quick(session: Session, milestone: Milestone, minutes: float) -> float | None:
    moments = read_moments(session, milestone)
    if not moments:
        return None
    return round(100 * len(find_densest(moments, timedelta(minutes=minutes))) / len(moments), 1)


def _was_held(milestone: Milestone) -> bool:
    reasons = set((milestone.evidence or {}).get("reasons", [])) - {HeldBecause.EARLIER.value}
    # A release judges it again, without a reason.
    return bool(reasons) or milestone.released_list is not None


def _find_verdict(milestone: Milestone, rejected: bool) -> str:
    if rejected:
        return "invalidated"
    released = milestone.released_list is not None and milestone.state != MilestoneState.HELD
    return "released" if released else ""
