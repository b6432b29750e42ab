"""Finds the deliveries that the filters of the log ask for, newest first, by its index.

- A list is read as lanes: each value of one filter in each state is an index of its own in the
  order of the list, and the lanes are merged. What the filter does not narrow, nothing has to sort.
- The other filters are looked at in the lines that the lanes give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_, union_all

from petition.core.extensions import db
from petition.delivery.log.log_filters import LogFilters, Place
from petition.models import (
    Campaign,
    Correction,
    Delivery,
    DeliveryIndex,
    DeliveryState,
    District,
    Milestone,
    Official,
    Post,
    Term,
)

# More lanes cost more to plan than to sort what they hold.
MOST_LANES = 66
# Text that is found in more posts or districts than this narrows little, and the states lead.
MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Search:
    """What leads a search, and what else a line must meet; ``values`` None: the states lead."""

    column: Any
    values: Sequence[Any] | None
    conditions: list[Any]


def find_places(filters: LogFilters, after: Place | None, size: int) -> list[Place]:
    """Return up to ``size`` lines of the log from after a place on, in order."""
    search = _plan(filters)
    found: list[Place] = []
    for number, states in enumerate(filters.groups):
        if not states or (after is not None and number < after.group):
            continue
        begin = after if after is not None and number == after.group else None
        rows = db.session.execute(_list(search, states, begin, size - len(found)))
        found += [Place(number, row.created_at, row.id) for row in rows]
        if len(found) >= size:
            break
    return found


def count_up_to(filters: LogFilters, most: int) -> int:
    """Return how many deliveries match, or ``most`` if there are at least so many."""
    search = _plan(filters)
    states = tuple(state for group in filters.groups for state in group)
    lines = _list(search, states, None, most).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(lines)) or 0


def _plan(filters: LogFilters) -> Search:
    """Return the narrowest filter as the one that leads, and all the others as conditions."""
    conditions = []
    if filters.since:
        conditions.append(DeliveryIndex.created_at >= filters.since)
    if filters.until:
        conditions.append(DeliveryIndex.created_at < filters.until)
    led: tuple[Any, Sequence[Any]] | None = None
    for which, found, broad in _name_values(filters):
        if found is None:
            conditions += [which.in_(broad)] if broad is not None else []
        elif led is None:
            led = (which, found)
        else:
            conditions.append(which.in_(found))
    column, values = led or (None, None)
    return Search(column, values, conditions)


def _name_values(filters: LogFilters) -> list[tuple[Any, Sequence[Any] | None, Any]]:
    """Return column, values and query of each filter, the narrowest filter first.

    - The values are None if nothing is asked for, or if a text names too many; then the query finds
      them.
    """
    post, district = _select_posts(filters.post), _select_districts(filters.district)
    return [
        (DeliveryIndex.id, _find_ids(filters), None),
        (DeliveryIndex.post_id, _find_some(filters.post, post), post if filters.post else None),
        (
            DeliveryIndex.district_id,
            _find_some(filters.district, district),
            district if filters.district else None,
        ),
        (DeliveryIndex.acted_by, _one(filters.acted_by), None),
        (DeliveryIndex.domain, _one(filters.domain.lower()), None),
        (DeliveryIndex.code, _one(filters.code), None),
        (DeliveryIndex.campaign_id, _find_campaigns(filters), None),
        (DeliveryIndex.channel, _one(filters.channel), None),
    ]


def _one(value: str) -> list[str] | None:
    return [value] if value else None


def _find_ids(filters: LogFilters) -> list[int] | None:
    """Return the deliveries of a Message-ID or a letter's code; None if neither is asked for."""
    if not filters.message_id and not filters.letter:
        return None
    query = select(Delivery.id)
    if filters.message_id:
        bare = filters.message_id.strip("<> ")
        query = query.where(Delivery.message_id.in_((bare, f"<{bare}>")))
    if filters.letter:
        query = query.join(Milestone, Milestone.id == Delivery.milestone_id).where(
            Milestone.code == filters.letter.upper()
        )
    return list(db.session.scalars(query))


def _find_campaigns(filters: LogFilters) -> list[int] | None:
    """Return the campaigns that are asked for and may be seen; None: all."""
    if not filters.campaign:
        return None if filters.scope is None else sorted(filters.scope)
    found = db.session.scalars(select(Campaign.id).where(Campaign.slug == filters.campaign))
    return [number for number in found if filters.scope is None or number in filters.scope]


def _find_some(text: str, named: Select[Any]) -> list[int] | None:
    """Return what a text names; None if nothing is asked for, or if it names very many."""
    if not text:
        return None
    found = list(db.session.scalars(named.limit(MOST_NAMED + 1)))
    return found if len(found) <= MOST_NAMED else None


def _select_districts(text: str) -> Select[Any]:
    return select(District.id).where(
        or_(
            District.name.icontains(text, autoescape=True),
            District.geoid == text,
            District.division_id == text,
        )
    )


def _select_posts(text: str) -> Select[Any]:
    holders = (
        select(Term.post_id)
        .join(Official, Official.id == Term.official_id)
        .where(Official.name.icontains(text, autoescape=True))
    )
    corrected = select(Correction.post_id).where(
        Correction.withdrawn_at.is_(None),
        Correction.field == "holder",
        Correction.value.icontains(text, autoescape=True),
    )
    return select(Post.id).where(
        or_(
            Post.title.icontains(text, autoescape=True),
            Post.id.in_(holders),
            Post.id.in_(corrected),
        )
    )


def _list(search: Search, states: Sequence[DeliveryState], begin: Place | None, size: int) -> Any:
    conditions = list(search.conditions)
    if begin is not None:
        conditions.append(
            tuple_(DeliveryIndex.created_at, DeliveryIndex.id) < tuple_(begin.created_at, begin.id)
        )
    lines = _select_lanes(search, states, conditions, size)
    if len(lines) == 1:
        return lines[0]
    merged = union_all(*(select(lane.subquery()) for lane in lines)).subquery()
    return (
        select(merged.c.id, merged.c.created_at)
        .order_by(merged.c.created_at.desc(), merged.c.id.desc())
        .limit(size)
    )


def _select_lanes(
    search: Search, states: Sequence[DeliveryState], conditions: list[Any], size: int
) -> list[Any]:
    lane = (
        select(DeliveryIndex.id, DeliveryIndex.created_at)
        .where(*conditions)
        .order_by(DeliveryIndex.created_at.desc(), DeliveryIndex.id.desc())
        .limit(size)
    )
    if search.values is None:
        return [lane.where(DeliveryIndex.state == state) for state in states]
    too_many = not search.values or len(search.values) * len(states) > MOST_LANES
    if too_many or search.column is DeliveryIndex.id:
        return [lane.where(search.column.in_(search.values), DeliveryIndex.state.in_(states))]
    return [
        lane.where(search.column == value, DeliveryIndex.state == state)
        for value in search.values
        for state in states
    ]
