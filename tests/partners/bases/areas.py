"""Districts with shapes, in tests of the reach of organizations."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import update

from petition.core.extensions import transaction
from petition.models import DistrictShape, Organization
from tests.factories import make_district


def add_district(name: str, shape: Any, **values: Any) -> str:
    """Add a district in force with this polygon; return its division id."""
    division_id = f"ocd-division/country:us/state:ma/county:{name}"
    with transaction() as session:
        district = make_district(
            session, name=name.title(), **({"division_id": division_id} | values)
        )
        session.add(DistrictShape(district_id=district.id, wkb=shapely.to_wkb(shape)))
        return district.division_id


def set_reach(group: int, divisions: Sequence[str], reach_km: int | None = None) -> None:
    """Let an organization work in these divisions, or so far around its bases."""
    with transaction() as session:
        session.execute(
            update(Organization)
            .where(Organization.id == group)
            .values(reach_divisions=list(divisions), reach_km=reach_km)
        )
