"""Load the boundary sets in force, or the newer loaded sets that would replace them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.boundaries.boundary_problems import BoundaryProblem
from petition.boundaries.boundary_sets import COUNTRY
from petition.boundaries.shapes import Geometries
from petition.core.errors import NotFound
from petition.models import BoundarySet, BoundaryState, District, DistrictShape


@dataclass(frozen=True, slots=True)
class StoredDistrict:
    """A district as the checks need it; its polygon is in a parallel array."""

    geoid: str
    division_id: str
    name: str
    state: str
    overlays: bool


@dataclass(frozen=True, slots=True)
class LayerDistricts:
    """The districts of a layer by GEOID, their polygons in a parallel array, and their sets."""

    layer: str
    sets: tuple[BoundarySet, ...]
    districts: tuple[StoredDistrict, ...]
    polygons: Geometries


def load_effective(session: Session, set_id: int | None = None) -> list[LayerDistricts]:
    """Return the districts of each layer that has a set, by layer.

    - For each layer and scope the newest loaded set counts if it is newer than the one in force,
      otherwise that one. A state's own set takes precedence over the country's in that state.
    - ``set_id`` counts whatever its state, in place of another of its layer and scope.
    - Raises NotFound when there is no such set.
    """
    chosen: dict[tuple[str, str], BoundarySet] = {}
    # By id, so that a newer one overwrites; retired sets are left out.
    query = select(BoundarySet).where(BoundarySet.state != BoundaryState.RETIRED)
    for found in session.scalars(query.order_by(BoundarySet.id)):
        before = chosen.get((found.layer, found.scope))
        if before is None or found.id > before.id:
            chosen[found.layer, found.scope] = found
    if set_id is not None:
        asked = session.get(BoundarySet, set_id)
        if asked is None:
            raise NotFound(BoundaryProblem.SET_NOT_FOUND, set_id=set_id)
        chosen[asked.layer, asked.scope] = asked
    layers: dict[str, list[BoundarySet]] = {}
    for (layer, _), found in sorted(chosen.items()):
        layers.setdefault(layer, []).append(found)
    return [_load_layer(session, layer, sets) for layer, sets in layers.items()]


def _load_layer(session: Session, layer: str, sets: Sequence[BoundarySet]) -> LayerDistricts:
    own = {found.scope.upper() for found in sets if found.scope != COUNTRY}
    columns = (
        District.geoid,
        District.division_id,
        District.name,
        District.state,
        District.overlays,
    )
    districts: list[StoredDistrict] = []
    shapes: list[bytes] = []
    for found in sets:
        query = (
            select(*columns, DistrictShape.wkb)
            .join(DistrictShape, DistrictShape.district_id == District.id)
            .where(District.boundary_set_id == found.id)
            .order_by(District.geoid)
        )
        if found.scope == COUNTRY:
            query = query.where(District.state.not_in(own))
        for geoid, division_id, name, state, overlays, wkb in session.execute(query):
            districts.append(StoredDistrict(geoid, division_id, name, state, overlays))
            shapes.append(wkb)
    polygons: Geometries = shapely.from_wkb(np.array(shapes, object))
    return LayerDistricts(layer, tuple(sets), tuple(districts), polygons)
