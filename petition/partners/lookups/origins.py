"""Where an organization looks from: its own base, never a point that a caller gives.

If callers chose points, they could move one until somebody drops out of the results, and so find
the border of a cell from many sides. A base is public, and approved by staff.
"""

import math
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Organization

REACH_KM = 40.0
KM_A_DEGREE = 111.2  # of latitude


@dataclass(frozen=True, slots=True)
class NearOrigin:
    """A base in degrees, and how far around it the organization looks, in kilometers."""

    latitude: float
    longitude: float
    reach_km: float

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
        high = self.reach_km / KM_A_DEGREE
        wide = self.reach_km / self.km_a_degree_east
        return (
            self.latitude - high,
            self.latitude + high,
            self.longitude - wide,
            self.longitude + wide,
        )


def find_origin(organization_id: int, reach_km: float | None = None) -> NearOrigin | None:
    """Return where an organization looks from; None if it has no base.

    - ``reach_km``: None for what it says itself, or REACH_KM if it says nothing.
    """
    row = db.session.execute(
        select(Organization.latitude, Organization.longitude, Organization.reach_km).where(
            Organization.id == organization_id
        )
    ).one_or_none()
    if row is None or row.latitude is None or row.longitude is None:
        return None
    return NearOrigin(row.latitude, row.longitude, reach_km or row.reach_km or REACH_KM)
