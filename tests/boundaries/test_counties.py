from collections.abc import Callable
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.boundaries.active_sets import get_boundaries
from petition.boundaries.boundary_sets import Change, NewSet, activate_set, store_set
from petition.boundaries.shapes import name_file
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import db, get_settings, transaction
from petition.demo.county_polygons import import_counties
from petition.models import BoundarySet, BoundaryState, District, DistrictShape, Event, Layer
from petition.redistricting.activation import activate


def test_every_county_is_stored_and_in_force_and_a_second_import_changes_nothing(
    context: AppContext,
) -> None:
    first = import_counties()
    second = import_counties()
    assert first.boundary_set_id is not None
    activate(first.boundary_set_id)

    assert (first.districts, first.mended, first.changed) == (3_233, (), True)
    assert second.boundary_set_id == first.boundary_set_id
    assert (second.districts, second.changed) == (3_233, False)
    [stored] = db.session.scalars(select(BoundarySet)).all()
    assert (stored.layer, stored.scope, stored.state) == ("county", "us", BoundaryState.ACTIVE)
    assert stored.in_force_from == utcnow().date()
    assert db.session.scalar(select(func.count()).select_from(DistrictShape)) == 3_233
    assert db.session.scalars(select(Event.action).order_by(Event.id)).all() == [
        "boundaries.imported",
        "boundaries.activated",
    ]
    middlesex = db.session.scalars(select(District).where(District.geoid == "25017")).one()
    assert (middlesex.name, middlesex.state) == ("Middlesex County", "MA")
    assert middlesex.division_id == "ocd-division/country:us/state:ma/county:middlesex"
    assert get_boundaries(db.session()).match(Layer.COUNTY, [-71.1], [42.37]) == [middlesex.id]
    # The host's own file is there before the first worker asks for it.
    assert name_file(get_settings().boundaries_dir, stored.digest).exists()


def test_a_refused_file_leaves_nothing(context: AppContext, tmp_path: Path) -> None:
    broken = tmp_path / "areas.shp"
    broken.write_bytes(b"no shapefile")

    with pytest.raises(ImportRefused):
        import_counties(broken)

    assert db.session.scalar(select(func.count()).select_from(BoundarySet)) == 0


def test_the_same_set_is_not_stored_twice(
    counties: int, make_county_set: Callable[..., NewSet]
) -> None:
    with transaction() as session:
        stored, is_new = store_set(session, make_county_set(), actor="test")
        change = activate_set(session, stored, utcnow().date(), actor="test")

        assert (stored.id, is_new, change) == (counties, False, Change())


def test_another_set_takes_over_and_the_one_before_is_kept(
    counties: int,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> None:
    later = put_in_force(make_county_set("MA", "CT"))

    states = dict(db.session.execute(select(BoundarySet.id, BoundarySet.state)).all())
    assert states == {counties: BoundaryState.RETIRED, later: BoundaryState.ACTIVE}
    retired = db.session.get_one(BoundarySet, counties)
    assert retired.in_force_until == utcnow().date()
    kept = select(func.count()).where(District.boundary_set_id == counties)
    assert db.session.scalar(kept) == len(make_county_set().districts)
