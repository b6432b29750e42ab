"""The area of an organization that works in districts: which cells are in its reach.

8, nobody is found more finely than by their cell: a cell is in the reach as a whole, or not at all,
by whether its center lies in one of the districts. Where in the cell a person lives, and in which
of two districts that share it, changes nothing: a border of a district splits no cell.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select

from petition.core.extensions import db, keep_for_app
from petition.models import District, DistrictShape, Layer

# Areas that a process keeps: one for each organization that looked lately.
MOST_KEPT = 32


class ReachArea:
    """Districts of one organization's reach.

    - ``names``: of the districts that are known, by name. ``unknown``: division ids of which no
      district is in force, or none whose shape is known.
    """

    def __init__(self, names: Sequence[str], unknown: Sequence[str], shapes: NDArray[Any]) -> None:
        self.names = tuple(names)
        self.unknown = tuple(unknown)
        self._shapes = shapes
        shapely.prepare(shapes)
        self._tree = shapely.STRtree(shapes)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, north, west and east of the districts, in degrees."""
        if not len(self._shapes):
            return 0.0, 0.0, 0.0, 0.0
        west, south, east, north = shapely.total_bounds(self._shapes).tolist()
        return south, north, west, east

    def contain(self, centers: Sequence[tuple[float, float]]) -> list[bool]:
        """Return of each center of a cell (latitude, longitude) whether it is in a district."""
        inside = np.zeros(len(centers), bool)
        if len(centers) and len(self._shapes):
            norths, easts = np.array(centers, float).T
            points, near = self._tree.query(shapely.points(easts, norths))
            met = shapely.intersects_xy(self._shapes[near], easts[points], norths[points])
            inside[points[met]] = True
        found: list[bool] = inside.tolist()
        return found


def find_reach_area(division_ids: Collection[str]) -> ReachArea:
    """Return the area of these divisions, as their districts are in force now.

    - A state without a shape of its own (state_layer.py) is made of its counties.
    """
    rows = db.session.execute(
        select(District.id, District.division_id, District.name, District.layer, District.state)
        .where(District.division_id.in_(division_ids), District.in_force)
        .order_by(District.name, District.id)
    ).all()
    key = tuple(row.id for row in rows), tuple(sorted(division_ids))
    kept = keep_for_app("hundredth-reach-areas", _KeptAreas)
    return kept.find(key) or kept.keep(key, _load(rows, division_ids))


def list_known(division_ids: Collection[str]) -> set[str]:
    """Return those of which a district is in force."""
    query = select(District.division_id).where(
        District.division_id.in_(division_ids), District.in_force
    )
    return set(db.session.scalars(query))


def name_divisions(division_ids: Collection[str]) -> list[str]:
    """Return the names of the districts in force of these divisions, in order."""
    query = select(District.name).where(District.division_id.in_(division_ids), District.in_force)
    return sorted(set(db.session.scalars(query)))


class _KeptAreas:
    """The areas that were looked in last; districts of another boundary set are another key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._areas: OrderedDict[Any, ReachArea] = OrderedDict()

    def find(self, key: Any) -> ReachArea | None:
        with self._lock:
            found = self._areas.get(key)
            if found is not None:
                self._areas.move_to_end(key)
            return found

    def keep(self, key: Any, area: ReachArea) -> ReachArea:
        with self._lock:
            # Of a state that has no counties yet nothing is kept: they may come.
            if not area.unknown:
                self._areas[key] = area
            while len(self._areas) > MOST_KEPT:
                self._areas.popitem(last=False)
            return area


def _load(rows: Sequence[Any], division_ids: Collection[str]) -> ReachArea:
    shapes: list[Any] = []
    known: dict[str, str] = {}
    own = _read_shapes(District.id.in_([row.id for row in rows]))
    for row in rows:
        found = [shape for shape in own.get(row.id, []) if not shape.is_empty]
        if not found and row.layer == Layer.STATE:
            of_state = (District.layer == Layer.COUNTY, District.state == row.state)
            counties = _read_shapes(*of_state, District.in_force)
            found = [shape for some in counties.values() for shape in some]
        if found:
            known[row.division_id] = row.name
            shapes += found
    unknown = sorted(set(division_ids) - set(known))
    return ReachArea(list(known.values()), unknown, np.array(shapes, object))


def _read_shapes(*which: Any) -> dict[int, list[Any]]:
    query = select(DistrictShape.district_id, DistrictShape.wkb)
    query = query.join(District, District.id == DistrictShape.district_id).where(*which)
    found: dict[int, list[Any]] = {}
    for district_id, wkb in db.session.execute(query):
        found.setdefault(district_id, []).append(shapely.from_wkb(bytes(wkb)))
    return found
