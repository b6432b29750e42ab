"""Public lists of letters: of a district, the latest of a campaign, and the numbers sent."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from petition.core.extensions import db
from petition.letters.outcome import (
    SENT,
    AnyRow,
    LetterOutcome,
    find_sending,
    group_by_id,
    judge_fate,
)
from petition.models import Delivery, District, Milestone

# How long a district's progress says that its latest letter was sent.
JUST_SENT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class LatestLetter:
    """A letter that was sent: its number in its district, and when the first post got it."""

    number: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter as one line of a list.

    - ``fate`` is the best outcome of its deliveries; ``sent_at`` is when the first was accepted.
    """

    code: str
    number: int
    total: int
    reached_at: datetime
    district: str
    state: str
    layer: str
    geoid: str
    posts: int
    fate: LetterOutcome
    sent_at: datetime | None


def list_letters(campaign_id: int, district_id: int, limit: int = 50) -> list[LetterLine]:
    """Return a district's letters, the latest first."""
    return _list_lines(
        Milestone.campaign_id == campaign_id,
        Milestone.district_id == district_id,
        order=(Milestone.number.desc(),),
        limit=limit,
    )


def list_sent(campaign_id: int, limit: int) -> list[LetterLine]:
    """Return the most recently sent letters of a campaign, the latest first."""
    return _list_lines(
        Milestone.campaign_id == campaign_id,
        Delivery.state.in_(SENT),
        order=(func.max(Delivery.settled_at).desc(), Milestone.id.desc()),
        limit=limit,
    )


def list_sent_page(campaign_id: int, after: str | None, limit: int) -> list[LetterLine]:
    """Return the letters of a campaign that were sent, the latest hundred first.

    - ``after``: the code of the last one that is known; None for the first page.
    """
    known = select(Milestone.id).where(
        Milestone.code == after, Milestone.campaign_id == campaign_id
    )
    later = [Milestone.id < known.scalar_subquery()] if after is not None else []
    return _list_lines(
        Milestone.campaign_id == campaign_id,
        Delivery.state.in_(SENT),
        *later,
        order=(Milestone.id.desc(),),
        limit=limit,
    )


def list_just_sent(
    campaign_id: int, district_ids: Collection[int], now: datetime
) -> dict[int, LatestLetter]:
    """Return the latest letter of each district that was sent within JUST_SENT, by district id."""
    sent_at = func.min(Delivery.settled_at)
    rows = db.session.execute(
        select(Milestone.district_id, Milestone.number, sent_at)
        .join(Delivery, Delivery.milestone_id == Milestone.id)
        .where(
            Milestone.campaign_id == campaign_id,
            Milestone.district_id.in_(list(district_ids)),
            Delivery.state.in_(SENT),
        )
        .group_by(Milestone.id)
        .having(sent_at > now - JUST_SENT)
        .order_by(Milestone.number)
    )
    return {district_id: LatestLetter(number, at) for district_id, number, at in rows if at}


def count_sent(campaign_id: int, district_id: int | None = None) -> int:
    """Return how many letters of a campaign, or of one of its districts, have been delivered.

    - A letter counts once, to however many posts it was sent.
    """
    query = (
        select(func.count(Delivery.milestone_id.distinct()))
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(Milestone.campaign_id == campaign_id, Delivery.state.in_(SENT))
    )
    if district_id is not None:
        query = query.where(Milestone.district_id == district_id)
    return db.session.scalar(query) or 0


def count_sent_in(campaign_id: int, layer: str, state: str) -> dict[int, int]:
    """Return how many letters have been delivered, by district id; without districts of none."""
    return {
        row.id: row.letters
        for row in db.session.execute(
            _select_sent(campaign_id, District.id).where(
                District.layer == layer, District.state == state
            )
        )
    }


def count_sent_by_state(campaign_id: int) -> dict[tuple[str, str], int]:
    """Return how many letters have been delivered, by layer and state.

    - Includes those of districts that are no longer in force.
    """
    rows = db.session.execute(_select_sent(campaign_id, District.layer, District.state))
    return {(row.layer, row.state): row.letters for row in rows}


def _select_sent(campaign_id: int, *by: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*by, func.count(Delivery.milestone_id.distinct()).label("letters"))
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .where(Milestone.campaign_id == campaign_id, Delivery.state.in_(SENT))
        .group_by(*by)
    )


def _list_lines(*conditions: Any, order: Iterable[Any], limit: int) -> list[LetterLine]:
    chosen = (
        select(Milestone.id)
        .outerjoin(Delivery, Delivery.milestone_id == Milestone.id)
        .where(*conditions)
        .group_by(Milestone.id)
        .order_by(*order)
        .limit(limit)
    )
    ids = list(db.session.scalars(chosen))
    rows = db.session.execute(
        select(
            Milestone.id,
            Milestone,
            District,
            Delivery.post_id,
            Delivery.state,
            Delivery.channel,
            Delivery.settled_at,
        )
        .join(District, District.id == Milestone.district_id)
        .outerjoin(Delivery, Delivery.milestone_id == Milestone.id)
        .where(Milestone.id.in_(ids))
        .order_by(Milestone.id, Delivery.id)
    ).all()
    lines = {group[0].id: _describe_line(group) for group in group_by_id(rows)}
    return [lines[milestone_id] for milestone_id in ids]


def _describe_line(rows: list[AnyRow]) -> LetterLine:
    milestone, district = rows[0].Milestone, rows[0].District
    sent = [(row.state, row.channel) for row in rows if row.state is not None]
    return LetterLine(
        code=milestone.code,
        number=milestone.number,
        total=milestone.threshold,
        reached_at=milestone.reached_at,
        district=district.name,
        state=district.state,
        layer=district.layer,
        geoid=district.geoid,
        posts=len({row.post_id for row in rows if row.state is not None}),
        fate=judge_fate(sent),
        sent_at=find_sending(rows),
    )
