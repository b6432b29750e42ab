"""Find the overlay districts: the floterials of New Hampshire's house.

Source: Constitution of New Hampshire, part second, article 11: where towns or wards have more
people than needed for a representative, adjoining ones together elect one more. A floterial covers
whole districts of its county; neither the Census Bureau's file nor OpenStates' mapping marks it.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely

from petition.boundaries.checks.coverage import find_overlaps
from petition.boundaries.importing.areas import CensusArea
from petition.boundaries.shapes import Geometries
from petition.models import Layer

FLOTERIAL = frozenset({(Layer.SLDL.value, "NH")})
# The share of the smaller of two districts that must lie in the larger; less is an inaccuracy.
LEAST_SHARE = 0.9


def find_overlays(layer: str, areas: Sequence[CensusArea]) -> set[str]:
    """Return the GEOIDs of the overlay districts."""
    mine = [area for area in areas if (str(layer), area.state.code) in FLOTERIAL]
    if not mine:
        return set()
    polygons: Geometries = shapely.from_wkb(np.array([area.wkb for area in mine], object))
    return {mine[index].geoid for index in choose_overlays(polygons)}


def choose_overlays(polygons: Geometries) -> list[int]:
    """Return the indices of the fewest polygons whose removal leaves no overlaps.

    - The one that overlaps the most goes first; of two the larger.
    """
    over: dict[int, set[int]] = defaultdict(set)
    for one in find_overlaps(polygons):
        if one.share >= LEAST_SHARE:
            over[one.first].add(one.second)
            over[one.second].add(one.first)
    sizes = shapely.area(polygons)
    chosen = []
    while any(over.values()):
        most = max(over, key=lambda index: (len(over[index]), sizes[index], -index))
        chosen.append(most)
        for other in over.pop(most):
            over[other].discard(most)
    return sorted(chosen)
