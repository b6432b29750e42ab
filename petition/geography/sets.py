"""Stores a boundary set beside those that are there, and puts one in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.geography.shapes import digest_shapes, pack_shapes
from petition.models import BoundarySet, BoundaryState, District, DistrictShape, Layer
from petition.trail import Detail, record


@dataclass(frozen=True, slots=True)
class NewDistrict:
    """A district to be stored; ``wkb`` in degrees, longitude first."""

    geoid: str
    division_id: str
    name: str
    state: str
    wkb: bytes


@dataclass(frozen=True, slots=True)
class NewSet:
    """A boundary set to be stored: all its districts, and what tells it from another."""

    layer: Layer
    scope: str
    source: str
    districts: Sequence[NewDistrict]
    packed: bytes
    digest: str


def make_set(layer: Layer, scope: str, source: str, districts: Sequence[NewDistrict]) -> NewSet:
    """Return the set of these districts, with its shapes packed and hashed."""
    packed = pack_shapes({district.geoid: district.wkb for district in districts})
    return NewSet(layer, scope, source, districts, packed, digest_shapes(packed))


def store_set(session: Session, new: NewSet, *, actor: str) -> tuple[BoundarySet, bool]:
    """Return the stored set, and whether it was not there before.

    - A set of the same layer, scope and digest is left as it is: a second import changes nothing.
    - It is stored beside the others; ``activate_set`` puts it in force.
    """
    stored = session.scalar(
        select(BoundarySet).where(
            BoundarySet.layer == new.layer,
            BoundarySet.scope == new.scope,
            BoundarySet.digest == new.digest,
        )
    )
    if stored is not None:
        return stored, False
    stored = BoundarySet(
        layer=new.layer,
        scope=new.scope,
        source=new.source,
        digest=new.digest,
        state=BoundaryState.LOADED,
        created_at=utcnow(),
    )
    session.add(stored)
    session.flush()
    _store_districts(session, stored.id, new)
    detail: Detail = {"layer": new.layer, "scope": new.scope, "districts": len(new.districts)}
    record(session, "boundaries.imported", "boundary_set", stored.id, actor=actor, detail=detail)
    return stored, True


def activate_set(session: Session, stored: BoundarySet, today: date, *, actor: str) -> bool:
    """Put the set in force from ``today``; return whether it was not already.

    - The one of its layer and scope that was in force is retired, and kept for the letters that
      used it.
    """
    if stored.state == BoundaryState.ACTIVE:
        return False
    session.execute(
        update(BoundarySet)
        .where(
            BoundarySet.layer == stored.layer,
            BoundarySet.scope == stored.scope,
            BoundarySet.state == BoundaryState.ACTIVE,
        )
        .values(state=BoundaryState.RETIRED, in_force_until=today)
    )
    stored.state = BoundaryState.ACTIVE
    stored.in_force_from = today
    stored.in_force_until = None
    session.flush()
    detail: Detail = {"layer": stored.layer, "scope": stored.scope}
    record(session, "boundaries.activated", "boundary_set", stored.id, actor=actor, detail=detail)
    return True


def _store_districts(session: Session, set_id: int, new: NewSet) -> None:
    ids = session.scalars(
        insert(District).returning(District.id, sort_by_parameter_order=True),
        [
            {
                "boundary_set_id": set_id,
                "layer": new.layer,
                "division_id": district.division_id,
                "geoid": district.geoid,
                "name": district.name,
                "state": district.state,
            }
            for district in new.districts
        ],
    ).all()
    session.execute(
        insert(DistrictShape),
        [
            {"district_id": district_id, "wkb": district.wkb}
            for district_id, district in zip(ids, new.districts, strict=True)
        ],
    )
