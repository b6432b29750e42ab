"""Progress: how far a campaign and its districts are, in published numbers only.

docs/invariants.md, rule 7: all of them come from the one snapshot
(petition/counting/public_snapshot.py), which contains no number that must stay hidden.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, select, tuple_

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.counting.count_rounding import round_down
from petition.counting.counting_problems import CountingProblem
from petition.models import Campaign, District, PublicCount, PublicTotal
from petition.models.counts.tally import SMALLEST_COUNT


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one district.

    - ``people``: the signers who have not left; None where it is not shown. ``is_rounded``: it is
      rounded down to tens.
    - ``reached``: how many times the step was reached, with one letter each.
    - ``at``: when the counts were read.
    """

    district_id: int
    division_id: str
    layer: str
    geoid: str
    name: str
    state: str
    step: int
    people: int | None
    is_rounded: bool
    reached: int
    at: datetime

    @property
    def towards(self) -> int:
        """How many of the next ``step`` have signed; 0 below the last letter, or not shown.

        - Rounded down like ``people``, also where a step is no multiple of ten.
        """
        past = (self.people or 0) - self.reached * self.step
        return max(0, round_down(past) if self.is_rounded else past)

    @property
    def next_at(self) -> int:
        """The number of signers at which the next letter is sent."""
        return (self.reached + 1) * self.step

    @property
    def missing(self) -> int | None:
        """How many more the next letter needs; None where the count is not shown, or rounded."""
        return None if self.people is None or self.is_rounded else self.next_at - self.people


@dataclass(frozen=True, slots=True)
class Total:
    """How many have signed a campaign.

    - ``people``: None where it is not shown. ``is_rounded``: it is rounded down to tens.
    - ``is_exact``: False where it is rounded, or where the exact number minus the districts' own
      would reveal a hidden one; ``people`` is then how many signed in the districts that show
      theirs, whether there are others or not.
    """

    people: int | None
    is_exact: bool
    is_rounded: bool
    at: datetime


def read_progress(campaign: Campaign, layer: str, geoid: str) -> Progress:
    """Return the progress of the district with that Census id in the boundaries in force.

    - Raises NotFound where there is no such district.
    """
    return _read_one(campaign, and_(District.layer == layer, District.geoid == geoid))


def read_progress_of(campaign: Campaign, district_id: int) -> Progress:
    """Return the progress of one district; raises NotFound."""
    return _read_one(campaign, District.id == district_id)


def list_nearest(campaign: Campaign, limit: int) -> list[Progress]:
    """Return the districts that are nearest to their next letter, nearest first.

    - Only districts that show their count, so that the order reveals no hidden one.
    - Districts without progress to the next step are left out. Where counts are rounded, the order
      is that of the rounded numbers.
    """
    exact = PublicCount.people - PublicCount.reached * campaign.step
    # As in Progress.towards; databases divide numbers below 0 differently, and none of those is
    # shown.
    tens = exact // SMALLEST_COUNT * SMALLEST_COUNT
    towards = case((PublicTotal.is_rounded, tens), else_=exact)
    rows = db.session.execute(
        _select_districts(campaign.id)
        .where(PublicCount.people.is_not(None), towards > 0)
        .order_by(towards.desc(), District.name, District.id)
        .limit(limit)
    )
    now = utcnow()
    return [_describe(row, campaign, now) for row in rows]


def list_progress(campaign: Campaign, layer: str, state: str) -> list[Progress]:
    """Return the districts of a state, those with the most signatures first.

    - Counts that are not shown come last, by name, so that the order reveals none of them.
    """
    rows = db.session.execute(
        _select_districts(campaign.id).where(District.layer == layer, District.state == state)
    )
    now = utcnow()
    found = [_describe(row, campaign, now) for row in rows]
    return sorted(found, key=lambda p: (-(p.people or 0), _sort_key(p.name), p.geoid))


def list_progress_page(
    campaign: Campaign,
    layers: Sequence[str],
    state: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[Progress]:
    """Return the districts of some layers by layer and Census id, which reveals no count.

    - ``state``: only those of this state; None for all. ``after``: the layer and the Census id of
      the last one that is known.
    """
    key = tuple_(District.layer, District.geoid)
    query = _select_districts(campaign.id).where(District.layer.in_(list(layers)))
    if state is not None:
        query = query.where(District.state == state)
    if after is not None:
        query = query.where(key > tuple_(*after))
    rows = db.session.execute(query.order_by(District.layer, District.geoid).limit(limit))
    now = utcnow()
    return [_describe(row, campaign, now) for row in rows]


def read_total(campaign: Campaign) -> Total:
    """Return how many have signed: each signature once, however many districts count it."""
    total = db.session.get(PublicTotal, campaign.id)
    if total is None:
        return Total(people=None, is_exact=False, is_rounded=False, at=utcnow())
    return Total(
        people=total.people,
        is_exact=total.is_exact,
        is_rounded=total.is_rounded and total.people is not None,
        at=total.counted_at,
    )


def _read_one(campaign: Campaign, which: ColumnElement[bool]) -> Progress:
    row = db.session.execute(_select_districts(campaign.id).where(which).limit(1)).one_or_none()
    if row is None:
        raise NotFound(CountingProblem.DISTRICT_NOT_FOUND)
    return _describe(row, campaign, utcnow())


def _select_districts(campaign_id: int) -> Select[*tuple[Any, ...]]:
    # The outer joins keep the districts in which nobody has signed.
    return (
        select(
            District.id,
            District.division_id,
            District.layer,
            District.geoid,
            District.name,
            District.state,
            PublicCount.people,
            PublicCount.reached,
            PublicTotal.is_rounded,
            PublicTotal.counted_at,
        )
        .outerjoin(
            PublicCount,
            (PublicCount.district_id == District.id) & (PublicCount.campaign_id == campaign_id),
        )
        .outerjoin(PublicTotal, PublicTotal.campaign_id == campaign_id)
        .where(District.in_force)
    )


def _sort_key(name: str) -> str:
    """Return a sort key by which the 2nd district comes before the 10th."""
    return re.sub(r"[0-9]+", lambda number: number[0].zfill(6), name.casefold())


def _describe(row: Row[*tuple[Any, ...]], campaign: Campaign, now: datetime) -> Progress:
    return Progress(
        district_id=row.id,
        division_id=row.division_id,
        layer=row.layer,
        geoid=row.geoid,
        name=row.name,
        state=row.state,
        step=campaign.step,
        people=row.people,
        is_rounded=bool(row.is_rounded) and row.people is not None,
        reached=row.reached or 0,
        at=row.counted_at or now,
    )
