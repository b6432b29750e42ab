"""Where an organization looks from: its own bases, never a point that a caller gives.

If callers chose points, they could move one until somebody drops out of the results, and so find
the border of a cell from many sides. A base is public, and each is approved by staff
(OrganizationBase). How far it looks is a number of kilometers around the base, or districts
(reach_areas.py): of both only the centers of whole cells are asked.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Organization, OrganizationBase
from petition.models.organizations.organization_base import USABLE
from petition.partners.bases.reach_areas import ReachArea, find_reach_area

REACH_KM = 40.0
KM_A_DEGREE = 111.2  # of latitude


@dataclass(frozen=True, slots=True)
class NearOrigin:
    """A base in degrees, and how far around it the organization looks.

    - ``reach_km``: in kilometers; where there is an ``area``, that is the reach in its place.
      ``base_id``, ``name``: of the base.
    """

    latitude: float
    longitude: float
    reach_km: float
    base_id: int | None = None
    name: str = ""
    area: ReachArea | None = None

    @property
    def km_a_degree_east(self) -> float:
        """The length of a degree of longitude at the base, in kilometers."""
        return max(1.0, KM_A_DEGREE * math.cos(math.radians(self.latitude)))

    def measure(self, latitude: float, longitude: float) -> float:
        """Return how far the center of a cell is, in kilometers, on a flat map; for order alone."""
        return math.hypot(*self.project(latitude, longitude))

    def project(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return a point on a flat map: kilometers to the east and to the north of the base."""
        east = (longitude - self.longitude) * self.km_a_degree_east
        return east, (latitude - self.latitude) * KM_A_DEGREE

    def find_box(self) -> tuple[float, float, float, float]:
        """Return south, north, west and east of what is within reach, in degrees."""
        if self.area is not None:
            return self.area.box
        high = self.reach_km / KM_A_DEGREE
        wide = self.reach_km / self.km_a_degree_east
        return (
            self.latitude - high,
            self.latitude + high,
            self.longitude - wide,
            self.longitude + wide,
        )

    def reach(self, centers: Sequence[tuple[float, float]]) -> list[bool]:
        """Return of each center of a cell (latitude, longitude) whether the cell is in reach."""
        if self.area is not None:
            return self.area.contain(centers)
        return [self.measure(*center) <= self.reach_km for center in centers]

    def describe(self) -> dict[str, int | float]:
        """Return it as an access is written down: numbers alone."""
        found: dict[str, int | float] = {} if self.base_id is None else {"base": self.base_id}
        if self.area is not None:
            return found | {"districts": len(self.area.names)}
        return found | {"reach": self.reach_km}


def find_origin(
    organization_id: int, reach_km: float | None = None, base_id: int | None = None
) -> NearOrigin | None:
    """Return where an organization looks from; None if it has no such base that staff approved.

    - ``reach_km``: None for what it says itself, or REACH_KM if it says nothing. ``base_id``: one
      of its own bases; None for its first.
    """
    query = (
        select(
            OrganizationBase.id,
            OrganizationBase.name,
            OrganizationBase.latitude,
            OrganizationBase.longitude,
            Organization.reach_km,
            Organization.reach_divisions,
        )
        .join(Organization, Organization.id == OrganizationBase.organization_id)
        .where(OrganizationBase.organization_id == organization_id, USABLE)
        .order_by(OrganizationBase.id)
        .limit(1)
    )
    if base_id is not None:
        query = query.where(OrganizationBase.id == base_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    area = find_reach_area(row.reach_divisions) if row.reach_divisions and not reach_km else None
    return NearOrigin(
        row.latitude,
        row.longitude,
        reach_km or row.reach_km or REACH_KM,
        base_id=row.id,
        name=row.name,
        area=area,
    )
