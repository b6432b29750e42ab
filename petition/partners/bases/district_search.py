"""Districts in force, found by a part of their name, for an organization's reach."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import District, Layer

MOST_FOUND = 50
FEWEST_LETTERS = 2  # of a name: one letter is in most of them
# Rows that are read for MOST_FOUND divisions: of some there are districts of several layers.
MOST_READ = 4 * MOST_FOUND


@dataclass(frozen=True, slots=True)
class ReachDistrict:
    """A district; ``layer`` and ``state`` are empty for a division of which none is in force.

    - ``name``: then the division's id.
    """

    division_id: str
    name: str
    layer: str = ""
    state: str = ""


def list_layers() -> list[Layer]:
    """Return the layers that have districts in force, in the order of ``Layer``."""
    found = set(db.session.scalars(select(District.layer).where(District.in_force).distinct()))
    return [layer for layer in Layer if layer in found]


def search_districts(words: str, layer: str = "") -> tuple[list[ReachDistrict], bool]:
    """Return up to MOST_FOUND districts in force by name, and whether there are more.

    - ``words``: a part of the name, of FEWEST_LETTERS at least; fewer find nothing. ``layer``: only
      its districts; empty for all. Each division is returned once.
    """
    if len(words) < FEWEST_LETTERS:
        return [], False
    query = (
        select(District.division_id, District.name, District.layer, District.state)
        .where(
            District.in_force,
            District.layer.in_([layer] if layer else list(Layer)),
            District.name.icontains(words, autoescape=True),
        )
        .order_by(District.name, District.state, District.id)
        .limit(MOST_READ)
    )
    found: dict[str, ReachDistrict] = {}
    rows = db.session.execute(query).all()
    for row in rows:
        found.setdefault(row.division_id, ReachDistrict(*row))
    has_more = len(found) > MOST_FOUND or len(rows) == MOST_READ
    return list(found.values())[:MOST_FOUND], has_more


def name_districts(division_ids: Collection[str]) -> list[ReachDistrict]:
    """Return the districts of these divisions by name, also of those of which none is in force."""
    query = (
        select(District.division_id, District.name, District.layer, District.state)
        .where(District.division_id.in_(division_ids), District.in_force)
        .order_by(District.id)
    )
    found = {number: ReachDistrict(number, number) for number in division_ids}
    known: dict[str, ReachDistrict] = {}
    for row in db.session.execute(query):
        known.setdefault(row.division_id, ReachDistrict(*row))
    return sorted((found | known).values(), key=lambda one: (one.name, one.state, one.division_id))
