"""The polygons in force, in memory: points in, districts out.

A point lies in at most one district of a layer, and in each of its overlays (see
District.overlays). On a border shared by several polygons it is the district with the lowest GEOID,
of the given state where one is given.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from petition.boundaries.shapes import Geometries

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
NOWHERE = -1
# The last two digits of a congressional GEOID: one for the whole state, or a delegate's.
AT_LARGE = frozenset({"00", "98"})
# Polygons of one file share their vertices; the rest is floating-point error along a border.
WHOLE = 0.999
# Points per query, so that the arrays fit into the processor's cache.
BATCH = 8192


@dataclass(frozen=True, slots=True)
class Area:
    """A district as the matching needs it."""

    district_id: int
    geoid: str
    name: str
    state: str
    overlays: bool = False


class LayerBoundaries:
    """The districts of one layer.

    - ``areas`` and ``polygons`` are parallel, in any order.
    """

    def __init__(self, areas: Sequence[Area], polygons: Geometries) -> None:
        order = sorted(range(len(areas)), key=lambda i: (areas[i].overlays, areas[i].geoid))
        self.areas = tuple(areas[index] for index in order)
        self._polygons = polygons[order] if order else polygons
        self._ids = np.array([area.district_id for area in self.areas] + [NOWHERE], np.int64)
        self._codes = {state: code for code, state in enumerate({a.state for a in self.areas})}
        self._states = np.array([self._codes[area.state] for area in self.areas], np.int16)
        self._over = np.flatnonzero([area.overlays for area in self.areas])
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)

    def match(
        self,
        longitudes: Floats,
        latitudes: Floats,
        states: Sequence[str] | None = None,
    ) -> Ids:
        """Return the id of the district that contains each point, -1 where there is none.

        - Degrees, WGS84 or NAD83. With ``states`` (postal abbreviations, one for each point) only
          the districts of that state count.
        """
        wanted = None
        if states is not None:
            wanted = np.fromiter((self._codes.get(s, -1) for s in states), np.int16, len(states))
        found = np.empty(len(longitudes), np.int64)
        for start in range(0, len(longitudes), BATCH):
            part = slice(start, start + BATCH)
            found[part] = self._match_batch(
                longitudes[part], latitudes[part], None if wanted is None else wanted[part]
            )
        return self._ids[found]

    def match_over(
        self, longitudes: Floats, latitudes: Floats, states: Sequence[str]
    ) -> list[tuple[int, int]]:
        """Return each point (its index) with the id of each overlay district that contains it.

        - Only strictly inside, and of the point's state.
        """
        found = []
        for index in self._over.tolist():
            inside = shapely.contains_xy(self._polygons[index], longitudes, latitudes)
            area = self.areas[index]
            found += [
                (point, area.district_id)
                for point in np.flatnonzero(inside).tolist()
                if states[point] == area.state
            ]
        return found

    def is_over(self, district_id: int) -> bool:
        """Return whether a district is an overlay."""
        return district_id in self._over_ids

    def list_over(self, district_id: int) -> list[int]:
        """Return the ids of the overlays that contain the whole of a district."""
        if district_id in self._over_ids or not len(self._over):
            return []
        index = self._ids.tolist().index(district_id)
        mine = self._polygons[index]
        shared = shapely.area(shapely.intersection(self._polygons[self._over], mine))
        whole = self._over[shared >= WHOLE * mine.area] if mine.area else self._over[:0]
        return [self.areas[over].district_id for over in whole.tolist()]

    @cached_property
    def _over_ids(self) -> frozenset[int]:
        return frozenset(self.areas[index].district_id for index in self._over.tolist())

    def covers(self, state: str) -> bool:
        """Return whether the state has districts of this layer."""
        return state in self._codes

    def find_at_large(self, state: str) -> int | None:
        """Return the id of the state's at-large congressional district; None where it has several.

        - The Census Bureau numbers it 00, or 98 for a delegate.
        """
        return self._at_large.get(state)

    def find_geoid(self, geoid: str) -> int | None:
        """Return the id of the district with that Census id; None when there is none."""
        return self._by_geoid.get(geoid)

    def find_state(self, district_id: int) -> str:
        """Return the state of a district; empty for one of another set."""
        return self._state_of.get(district_id, "")

    def list_around(
        self, longitude: float, latitude: float, distance: float, states: Collection[str]
    ) -> list[int]:
        """Return the ids of the districts of these states within a distance of a point, by GEOID.

        - ``distance`` in degrees.
        """
        point = shapely.Point(longitude, latitude)
        near = sorted(self._tree.query(point, "dwithin", distance).tolist())
        found = (self.areas[index] for index in near)
        return [area.district_id for area in found if area.state in states]

    @cached_property
    def _by_geoid(self) -> dict[str, int]:
        return {area.geoid: area.district_id for area in self.areas}

    @cached_property
    def _state_of(self) -> dict[int, str]:
        return {area.district_id: area.state for area in self.areas}

    def find_sole(self, state: str) -> int | None:
        """Return the id of the state's one district in the layer of states; None without one."""
        return self._by_state.get(state)

    @cached_property
    def _by_state(self) -> dict[str, int]:
        return {area.state: area.district_id for area in self.areas}

    @cached_property
    def _at_large(self) -> dict[str, int]:
        return {
            area.state: area.district_id
            for area in self.areas
            if len(area.geoid) == 4 and area.geoid[2:] in AT_LARGE
        }

    def find_named(self, state: str, name: str) -> int | None:
        """Return the id of the district with that name in that state; None when there is none.

        - For the one source that names a county without its id; all else joins on ids.
        """
        return self._names.get((state, name_key(name)))

    @cached_property
    def _names(self) -> dict[tuple[str, str], int]:
        # Computed lazily: few points need it, and it takes as long as reading the polygons.
        return {(area.state, name_key(area.name)): area.district_id for area in self.areas}

    def _match_batch(
        self, longitudes: Floats, latitudes: Floats, wanted: NDArray[np.int16] | None
    ) -> NDArray[np.int64]:
        points, candidates = self._tree.query(shapely.points(longitudes, latitudes))
        if wanted is not None:
            kept = self._states[candidates] == wanted[points]
            points, candidates = points[kept], candidates[kept]
        # Sorted by polygon, so that the index of each is loaded into the cache once.
        order = np.argsort(candidates, kind="stable")
        points, candidates = points[order], candidates[order]
        inside = shapely.intersects_xy(
            self._polygons[candidates], longitudes[points], latitudes[points]
        )
        points, candidates = points[inside], candidates[inside]
        found = np.full(len(longitudes), NOWHERE, np.int64)
        # Written in reverse order, so that the lowest GEOID is written last and stays.
        found[points[::-1]] = candidates[::-1]
        return found


class Boundaries:
    """All layers in force.

    - ``set_ids``: the boundary sets these were read from.
    """

    def __init__(self, layers: Mapping[str, LayerBoundaries], set_ids: Iterable[int]) -> None:
        self.layers = dict(layers)
        self.set_ids = frozenset(set_ids)

    def match(
        self, layer: str, longitudes: Any, latitudes: Any, states: Sequence[str] | None = None
    ) -> Ids:
        """Return the id of the layer's district that contains each point, -1 where there is none.

        - See LayerBoundaries.match. Raises KeyError for a layer without a set in force.
        """
        return self.layers[layer].match(
            np.asarray(longitudes, np.float64), np.asarray(latitudes, np.float64), states
        )


def name_key(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation, to compare it by.

    - The word of its kind is kept: Baltimore County and Baltimore City are two.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
