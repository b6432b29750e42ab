"""Store boundary sets beside the existing ones, and put one in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from petition.audit.trail import Detail, record
from petition.boundaries.shapes import digest_shapes, pack_shapes
from petition.core.clock import utcnow
from petition.models import BoundarySet, BoundaryState, District, DistrictShape

COUNTRY = "us"  # the scope of a set that covers all states


@dataclass(frozen=True, slots=True)
class NewDistrict:
    """A district to be stored; ``wkb`` in degrees, longitude first; ``overlays``: see District."""

    geoid: str
    division_id: str
    name: str
    state: str
    wkb: bytes
    overlays: bool = False


@dataclass(frozen=True, slots=True)
class NewSet:
    """A boundary set to be stored: its districts and its identity.

    - ``in_force_from``: the planned date; None: not known.
    """

    layer: str
    scope: str
    source: str
    districts: Sequence[NewDistrict]
    packed: bytes
    digest: str
    in_force_from: date | None = None


def make_set(
    layer: str,
    scope: str,
    source: str,
    districts: Sequence[NewDistrict],
    in_force_from: date | None = None,
) -> NewSet:
    """Return the set of these districts, with its shapes packed and hashed."""
    packed = pack_shapes({district.geoid: district.wkb for district in districts})
    return NewSet(layer, scope, source, districts, packed, digest_shapes(packed), in_force_from)


def store_set(session: Session, new: NewSet, *, actor: str) -> tuple[BoundarySet, bool]:
    """Return the stored set, and whether it is new.

    - A set with the same layer, scope, shapes and division ids is returned unchanged: a second
      import changes nothing.
    - It is stored beside the others; ``activate_set`` puts it in force.
    """
    stored = _find_same(session, new)
    if stored is not None:
        return stored, False
    stored = BoundarySet(
        layer=new.layer,
        scope=new.scope,
        source=new.source,
        digest=new.digest,
        state=BoundaryState.LOADED,
        in_force_from=new.in_force_from,
        created_at=utcnow(),
    )
    session.add(stored)
    session.flush()
    _store_districts(session, stored.id, new)
    detail: Detail = {"layer": new.layer, "scope": new.scope, "districts": len(new.districts)}
    record(session, "boundaries.imported", "boundary_set", stored.id, actor=actor, detail=detail)
    return stored, True


@dataclass(frozen=True, slots=True)
class Change:
    """The ids of the districts that went out of force and of those that came into force."""

    out: tuple[int, ...] = ()
    into: tuple[int, ...] = ()


def activate_set(session: Session, stored: BoundarySet, today: date, *, actor: str) -> Change:
    """Put the set in force from ``today``; return which districts changed.

    - The previous set of its layer and scope is retired, and kept for the letters that used it. A
      state's own set takes precedence over the country's in that state.
    - Signatures counted in a district that goes out of force must be moved, and its milestones
      inherited: petition.redistricting does all of it, in one transaction.
    """
    if stored.state == BoundaryState.ACTIVE:
        return Change()
    session.execute(
        update(BoundarySet)
        .where(
            BoundarySet.layer == stored.layer,
            BoundarySet.scope == stored.scope,
            BoundarySet.state == BoundaryState.ACTIVE,
        )
        .values(state=BoundaryState.RETIRED, in_force_until=today)
        .execution_options(synchronize_session="auto")  # the caller may hold that set
    )
    stored.state = BoundaryState.ACTIVE
    stored.in_force_from = today
    stored.in_force_until = None
    session.flush()
    change = _update_in_force(session, stored.layer)
    detail: Detail = {"layer": stored.layer, "scope": stored.scope}
    record(session, "boundaries.activated", "boundary_set", stored.id, actor=actor, detail=detail)
    return change


def _update_in_force(session: Session, layer: str) -> Change:
    """Set ``in_force`` of the layer's districts from the states of their sets."""
    mine, own = aliased(BoundarySet), aliased(BoundarySet)
    replaced = exists().where(
        mine.scope == COUNTRY,
        own.layer == mine.layer,
        own.state == BoundaryState.ACTIVE,
        own.scope == func.lower(District.state),
    )
    right = exists().where(
        mine.id == District.boundary_set_id, mine.state == BoundaryState.ACTIVE, ~replaced
    )
    changed = session.execute(
        update(District)
        .where(District.layer == layer, District.in_force != right)
        .values(in_force=~District.in_force)
        .returning(District.id, District.in_force)
    ).all()
    return Change(
        out=tuple(sorted(row.id for row in changed if not row.in_force)),
        into=tuple(sorted(row.id for row in changed if row.in_force)),
    )


def _find_same(session: Session, new: NewSet) -> BoundarySet | None:
    """Return the newest set with these shapes and division ids; None when there is none."""
    same_shapes = session.scalars(
        select(BoundarySet)
        .where(
            BoundarySet.layer == new.layer,
            BoundarySet.scope == new.scope,
            BoundarySet.digest == new.digest,
        )
        .order_by(BoundarySet.id.desc())
    ).all()
    ids = {one.geoid: (one.division_id, one.overlays) for one in new.districts}
    for stored in same_shapes:
        columns = select(District.geoid, District.division_id, District.overlays)
        rows = session.execute(columns.where(District.boundary_set_id == stored.id)).all()
        if {geoid: (division, overlays) for geoid, division, overlays in rows} == ids:
            return stored
    return None


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
                "overlays": district.overlays,
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
