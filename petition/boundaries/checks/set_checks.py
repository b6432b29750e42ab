"""Check the boundary sets: valid polygons, each state covered once, a post for each district.

It reports on the sets in force or, in place of one of these, a newer loaded one: the check before
that is put in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from petition.boundaries.checks.coverage import Gaps, find_gaps, find_overlaps, join
from petition.boundaries.checks.effective_sets import LayerDistricts, StoredDistrict, load_effective
from petition.boundaries.divisions.mappings.mapping import ROOT
from petition.boundaries.importing.layer_detection import RULES
from petition.core.extensions import db
from petition.models import BoundarySet, Post
from petition.models.officials.district import ZCTA
from petition.postal.zip_places import load_postal_codes


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """A set that was checked."""

    id: int
    scope: str
    state: str


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The result for the districts of a layer.

    - ``overlaps``: two districts and the share of the smaller one that overlaps.
    - ``gaps`` by state, each as a share of the state's area: see ``coverage.Gaps``.
    """

    layer: str
    sets: tuple[CheckedSet, ...]
    districts: int
    with_division_id: int
    invalid: tuple[str, ...]
    overlaps: tuple[tuple[str, str, float], ...]
    gaps: Mapping[str, Gaps]
    without_post: tuple[str, ...]

    @property
    def count_gaps(self) -> int:
        """The number of land gaps."""
        return sum(len(gaps.land) for gaps in self.gaps.values())


@dataclass(frozen=True, slots=True)
class Check:
    """The results for all layers, and the divisions that have a post and no district."""

    layers: tuple[LayerCheck, ...]
    without_district: tuple[str, ...]


def check_districts(set_id: int | None = None) -> Check:
    """Return the problems of the districts that are, or are about to come, in force.

    - ``set_id``: only that set and its layer, whatever its state; compared with the others.
    - Nothing is changed. Raises NotFound when there is no such set.
    """
    session = db.session()
    everything = load_effective(session, set_id)
    posts = set(session.scalars(select(Post.division_id).where(Post.active).distinct()))
    layers = [found for found in everything if found.layer != ZCTA or set_id is not None]
    if set_id is not None:
        layers = [found for found in layers if any(one.id == set_id for one in found.sets)]
    areas = _Areas(everything)
    checks = tuple(_check_layer(found, areas, posts) for found in layers)
    known = {district.division_id for found in everything for district in found.districts}
    session.rollback()
    return Check(checks, tuple(sorted(filter(_has_layer, posts - known))))


class _Areas:
    """The area of each layer in each state, computed once."""

    def __init__(self, everything: Sequence[LayerDistricts]) -> None:
        self._layers = {found.layer: found for found in everything if _covers(found.layer)}
        self._joined: dict[tuple[str, str], BaseGeometry] = {}

    def get(self, layer: str, state: str) -> BaseGeometry:
        """Return the area of the state's districts of a layer; empty where it has none."""
        key = layer, state
        if key not in self._joined:
            found = self._layers[layer]
            of_state = np.array([district.state == state for district in found.districts])
            # An invalid polygon cannot be joined; it is reported separately.
            self._joined[key] = join(found.polygons[of_state & shapely.is_valid(found.polygons)])
        return self._joined[key]

    def list_others(self, layer: str, state: str) -> list[BaseGeometry]:
        """Return the areas of the state in the other layers that cover it."""
        areas = [self.get(other, state) for other in self._layers if other != layer]
        return [area for area in areas if not area.is_empty]


def _check_layer(found: LayerDistricts, areas: _Areas, posts: set[str]) -> LayerCheck:
    districts = found.districts
    valid = shapely.is_valid(found.polygons)
    valid_indices = np.flatnonzero(valid)
    overlaps = (
        (
            _describe_district(districts[valid_indices[one.first]]),
            _describe_district(districts[valid_indices[one.second]]),
            one.share,
        )
        for one in find_overlaps(found.polygons[valid_indices])
        # Overlays such as floterials overlap others correctly.
        if not districts[valid_indices[one.first]].overlays
        and not districts[valid_indices[one.second]].overlays
    )
    return LayerCheck(
        layer=found.layer,
        sets=tuple(_describe(one) for one in found.sets),
        districts=len(districts),
        with_division_id=sum(bool(district.division_id) for district in districts),
        invalid=tuple(_describe_district(districts[index]) for index in np.flatnonzero(~valid)),
        overlaps=tuple(overlaps),
        gaps=_find_gaps(found, areas) if _covers(found.layer) else {},
        without_post=tuple(
            _describe_district(district)
            for district in districts
            if district.division_id not in posts
        ),
    )


def _find_gaps(found: LayerDistricts, areas: _Areas) -> dict[str, Gaps]:
    sizes = shapely.area(found.polygons)
    states = np.array([district.state for district in found.districts])
    gaps = {}
    for state in sorted(set(states)):
        smallest = float(sizes[states == state].min())
        covered, others = areas.get(found.layer, state), areas.list_others(found.layer, state)
        gaps[state] = find_gaps(covered, others, smallest, _locate_zips(state))
    return {state: found for state, found in gaps.items() if found.land or found.water}


def _locate_zips(state: str) -> NDArray[np.float64]:
    places = (place for place in load_postal_codes().values() if place.state == state)
    points = [(p.longitude, p.latitude) for p in places if p.latitude is not None]
    return np.array(points, float).reshape(-1, 2)


def _covers(layer: str) -> bool:
    return RULES[layer].covers


def _has_layer(division_id: str) -> bool:
    """Return whether a division is smaller than a state: a state's own posts need no district."""
    return division_id.removeprefix(f"{ROOT}/").count("/") > 0


def _describe(stored: BoundarySet) -> CheckedSet:
    return CheckedSet(stored.id, stored.scope, stored.state)


def _describe_district(district: StoredDistrict) -> str:
    return f"{district.name}, {district.state} ({district.geoid})"
