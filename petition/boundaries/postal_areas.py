"""Which districts a ZIP code's area intersects: computed once per boundary set, and stored.

- Where polygons of the ZIP areas (the Census Bureau's ZCTAs) are loaded, the share of the area that
  lies in each district is exact, and a share of 1 decides.
- Where only the ZIP's point is known, its districts are those around the point: precise enough for
  candidates and never enough to decide.
- Not computed for states: see district_matching.py. For counties only where they differ from those
  of the Census Bureau's table, such as Connecticut's planning regions; see zip_counties.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import shapely
from sqlalchemy import Table, delete, exists, insert, select
from sqlalchemy.orm import Session

from petition.boundaries.polygons import LayerBoundaries
from petition.boundaries.shapes import Geometries
from petition.models import (
    BoundarySet,
    BoundaryState,
    District,
    DistrictShape,
    Layer,
    PostalDistrict,
)
from petition.models.officials.district import ZCTA
from petition.postal.zip_counties import RENUMBERED, list_counties
from petition.postal.zip_places import ZipPlace, load_postal_codes

# The table itself: of the tens of thousands of rows of a national set, the ORM would keep nothing.
INDEX = cast(Table, PostalDistrict.__table__)
# A smaller share is an inaccuracy along a border: polygons of one year share their vertices.
SLIVER = 1e-4
# The radius around a ZIP's point: the distance to its neighbors' points, within these bounds, in
# degrees.
NEIGHBORS = 4
NEAREST, FARTHEST = 0.01, 0.3


@dataclass(frozen=True, slots=True)
class PostalShare:
    """A district that a ZIP's area intersects; ``share`` None where only its point is known."""

    district_id: int
    share: float | None


Areas = Mapping[tuple[str, str], Sequence[PostalShare]]


def read_areas(session: Session, codes: Iterable[str], *, instead: int | None = None) -> Areas:
    """Return the districts in force that these ZIPs intersect, by layer and ZIP.

    - In the layer ZCTA the area itself, where its polygon is loaded: its shares are then complete
      in its state.
    - ``instead``: a boundary set to be treated as in force, in its layer and states.
    """
    wanted = sorted(set(codes))
    found: dict[tuple[str, str], list[PostalShare]] = {}
    if not wanted:
        return found
    query = (
        select(
            District.layer,
            PostalDistrict.postal_code,
            PostalDistrict.district_id,
            PostalDistrict.share,
        )
        .join(District, District.id == PostalDistrict.district_id)
        .where(PostalDistrict.postal_code.in_(wanted))
        .order_by(PostalDistrict.share.desc(), District.geoid)
    )
    for layer, code, district_id, share in session.execute(query.where(District.in_force)):
        found.setdefault((layer, code), []).append(PostalShare(district_id, share))
    # By the set, the first column of the index: there are as many ZIP areas as all other districts.
    polygons = select(BoundarySet.id).where(BoundarySet.layer == ZCTA)
    known = select(District.geoid, District.id).where(
        District.boundary_set_id.in_(polygons), District.geoid.in_(wanted)
    )
    for code, district_id in session.execute(known):
        found[ZCTA, code] = [PostalShare(district_id, 1)]
    if instead is not None:
        replaced: dict[tuple[str, str], list[PostalShare]] = {}
        for layer, code, district_id, share in session.execute(
            query.where(District.boundary_set_id == instead)
        ):
            replaced.setdefault((layer, code), []).append(PostalShare(district_id, share))
        found |= replaced
    return found


def find_whole(among: Sequence[PostalShare], layer: LayerBoundaries) -> list[int]:
    """Return the districts that contain a whole ZIP area, overlays last.

    - Empty where its parts lie in several, or in none that is known.
    """
    if not among or any(one.share != 1 for one in among):
        return []
    over = [one.district_id for one in among if layer.is_over(one.district_id)]
    own = [one.district_id for one in among if not layer.is_over(one.district_id)]
    return [*own, *over] if len(own) == 1 else []


def index_postal_codes(session: Session, set_id: int) -> int:
    """Recompute the ZIPs of a boundary set; return how many (ZIP, district) pairs there are.

    - For a set of ZIP areas: of every set of another layer that is loaded or in force.
    - Runs in the caller's transaction.
    """
    stored = session.get_one(BoundarySet, set_id)
    if stored.layer != ZCTA:
        return _index_set(session, stored)
    others = session.scalars(
        select(BoundarySet).where(
            BoundarySet.layer != ZCTA, BoundarySet.state != BoundaryState.RETIRED
        )
    ).all()
    return sum(_index_set(session, other) for other in others)


def _index_set(session: Session, stored: BoundarySet) -> int:
    if stored.layer == Layer.STATE:
        return 0
    mine = select(District.id).where(District.boundary_set_id == stored.id)
    session.execute(delete(PostalDistrict).where(PostalDistrict.district_id.in_(mine)))
    rows: list[dict[str, Any]] = []
    for state in session.scalars(
        select(District.state).where(District.boundary_set_id == stored.id).distinct()
    ).all():
        if stored.layer != Layer.COUNTY or _is_newer(session, stored.id, state):
            rows += _index_state(session, stored.id, state)
    if rows:
        session.execute(insert(INDEX), rows)
    return len(rows)


def _is_newer(session: Session, set_id: int, state: str) -> bool:
    """Return whether the table names counties of this state that the set does not have."""
    geoids = session.scalars(
        select(District.geoid).where(District.boundary_set_id == set_id, District.state == state)
    )
    named = {RENUMBERED.get(county, county) for county in list_counties(state)}
    return not named <= {RENUMBERED.get(geoid, geoid) for geoid in geoids}


def _index_state(session: Session, set_id: int, state: str) -> list[dict[str, Any]]:
    ids, polygons = _read_polygons(
        session, District.boundary_set_id == set_id, District.state == state
    )
    tree = shapely.STRtree(polygons)
    codes, areas = _read_postal_areas(session, state)
    rows = _share_areas(codes, areas, ids, polygons, tree)
    known = {row["postal_code"] for row in rows}
    places = [
        place
        for place in load_postal_codes().values()
        if place.state == state and place.latitude is not None and place.postal_code not in known
    ]
    return rows + _index_points(places, ids, polygons, tree)


def _read_polygons(session: Session, *conditions: Any) -> tuple[list[int], Geometries]:
    rows = session.execute(
        select(District.id, DistrictShape.wkb)
        .join(DistrictShape, DistrictShape.district_id == District.id)
        .where(*conditions)
        .order_by(District.geoid)
    ).all()
    shapes: Geometries = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], object))
    return [row.id for row in rows], shapes


def _read_postal_areas(session: Session, state: str) -> tuple[list[str], Geometries]:
    """Return the ZIP areas of a state from the newest set that has them."""
    newest = session.scalar(
        select(BoundarySet.id)
        .where(
            BoundarySet.layer == ZCTA,
            exists().where(District.boundary_set_id == BoundarySet.id, District.state == state),
        )
        .order_by(BoundarySet.id.desc())
        .limit(1)
    )
    rows = session.execute(
        select(District.geoid, DistrictShape.wkb)
        .join(DistrictShape, DistrictShape.district_id == District.id)
        .where(District.boundary_set_id == newest, District.state == state)
        .order_by(District.geoid)
    ).all()
    shapes: Geometries = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], object))
    return [row.geoid for row in rows], shapes


def _share_areas(
    codes: Sequence[str],
    areas: Geometries,
    ids: Sequence[int],
    polygons: Geometries,
    tree: shapely.STRtree,
) -> list[dict[str, Any]]:
    if not codes:
        return []
    of, among = tree.query(areas, predicate="intersects")
    parts = shapely.area(shapely.intersection(areas[of], polygons[among])) / shapely.area(areas[of])
    rows = []
    for area, district, part in zip(of.tolist(), among.tolist(), parts.tolist(), strict=True):
        if part > SLIVER:
            # A partial area must not become a share of 1 by rounding.
            share = 1.0 if part >= 1 - SLIVER else part
            rows.append({"postal_code": codes[area], "district_id": ids[district], "share": share})
    return rows


def _index_points(
    places: Sequence[ZipPlace], ids: Sequence[int], polygons: Geometries, tree: shapely.STRtree
) -> list[dict[str, Any]]:
    if not places:
        return []
    circles = _draw_circles(tuple((place.longitude, place.latitude) for place in places))
    of, among = tree.query(circles, predicate="intersects")
    return [
        {"postal_code": places[place].postal_code, "district_id": ids[district], "share": None}
        for place, district in zip(of.tolist(), among.tolist(), strict=True)
    ]


@lru_cache(maxsize=4)
def _draw_circles(places: tuple[tuple[float | None, float | None], ...]) -> Geometries:
    """Return the circle around each of a state's points, the same for each of its layers."""
    points = np.array(places, float)
    circles: Geometries = shapely.buffer(shapely.points(points), _find_radii(points))
    return circles


def _find_radii(points: Any) -> Any:
    """Return the distance to each point's neighbors, in degrees of latitude."""
    distinct = np.unique(points, axis=0)
    scale = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])
    if len(distinct) <= NEIGHBORS:
        return np.full(len(points), FARTHEST)
    spread = (points * scale)[:, None, :] - (distinct * scale)[None, :, :]
    distances = np.sort(np.hypot(spread[..., 0], spread[..., 1]), axis=1)
    return np.clip(distances[:, NEIGHBORS], NEAREST, FARTHEST)
