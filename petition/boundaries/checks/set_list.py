"""List the stored boundary sets."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import BoundarySet, District


@dataclass(frozen=True, slots=True)
class SetRow:
    """A boundary set as a list shows it."""

    id: int
    layer: str
    scope: str
    state: str
    districts: int
    in_force_from: date | None
    in_force_until: date | None
    source: str


def list_sets() -> list[SetRow]:
    """Return all boundary sets by layer and scope, newest first."""
    districts = (
        select(func.count())
        .where(District.boundary_set_id == BoundarySet.id)
        .correlate(BoundarySet)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            BoundarySet.id,
            BoundarySet.layer,
            BoundarySet.scope,
            BoundarySet.state,
            districts,
            BoundarySet.in_force_from,
            BoundarySet.in_force_until,
            BoundarySet.source,
        ).order_by(BoundarySet.layer, BoundarySet.scope, BoundarySet.id.desc())
    ).all()
    db.session.rollback()
    return [SetRow(*row) for row in rows]
