"""Shading: the classes of counts on a map, and the totals of its states.

docs/invariants.md, rule 7: all counts that are not shown are one class, and a total is made of
shown counts alone, so that no difference reveals a hidden count. Where counts are rounded
(petition/counting/count_rounding.py), the class limits are multiples of ten and the totals are of
rounded counts.
"""

from bisect import bisect_right
from dataclasses import dataclass

from sqlalchemy import func, select

from petition.core.extensions import db
from petition.counting.count_rounding import round_down
from petition.models import Campaign, District, PublicCount
from petition.models.counts.tally import SMALLEST_COUNT


@dataclass(frozen=True, slots=True)
class Shade:
    """A class of counts, from ``least`` to ``most``.

    - ``number``: 0 for counts that are not shown, whose ``least`` is 0; then 1 and up.
    - ``most``: None for the last class.
    """

    number: int
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class StateTotal:
    """A state in which districts of a layer show their counts.

    - ``people``: the sum over the ``districts`` that show theirs, rounded if the campaign's counts
      are.
    """

    state: str
    layer: str
    people: int
    districts: int


def list_shades(step: int, rounded: bool = False) -> list[Shade]:
    """Return the classes for a campaign's step, lowest first; five, or fewer for a small step.

    - Their lower limits are ten people, half a step, a step and five steps: a letter goes out at
      each step.
    """
    turns = [0, *_list_limits(step, rounded)]
    ends = [turn - 1 for turn in turns[1:]]
    return [
        Shade(number, least, most)
        for number, (least, most) in enumerate(zip(turns, [*ends, None], strict=True))
    ]


def find_shade(people: int | None, step: int, rounded: bool = False) -> int:
    """Return the number of the class; ``people`` is None where it is not shown."""
    return 0 if people is None else bisect_right(_list_limits(step, rounded), people)


def list_state_totals(campaign: Campaign) -> list[StateTotal]:
    """Return the totals by state and layer, of districts in force that show their counts.

    - Overlay districts are left out, so that each person of a layer counts once.
    """
    rows = db.session.execute(
        select(
            District.state,
            District.layer,
            func.sum(PublicCount.people).label("people"),
            func.count().label("districts"),
        )
        .join(PublicCount, PublicCount.district_id == District.id)
        .where(
            PublicCount.campaign_id == campaign.id,
            PublicCount.people.is_not(None),
            District.in_force,
            ~District.overlays,
        )
        .group_by(District.state, District.layer)
        .order_by(District.state, District.layer)
    )
    return [StateTotal(row.state, row.layer, int(row.people), row.districts) for row in rows]


def list_states(layer: str) -> list[str]:
    """Return the states that have districts of a layer in force, sorted."""
    query = select(District.state).where(District.layer == layer, District.in_force).distinct()
    return sorted(db.session.scalars(query))


def _list_limits(step: int, rounded: bool) -> list[int]:
    turns = {SMALLEST_COUNT, step // 2, step, 5 * step}
    if rounded:
        turns = {round_down(turn) for turn in turns}
    return sorted(turn for turn in turns if turn >= SMALLEST_COUNT)
