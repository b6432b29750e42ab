"""What the check of the boundary sets says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.boundaries.boundary_problems import BoundaryProblem
from petition.boundaries.boundary_sets import activate_set
from petition.boundaries.checks.set_checks import Check, LayerCheck, check_districts
from petition.boundaries.importing.set_import import Order, import_file
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import BoundarySet, District, DistrictShape
from tests.boundaries.boundary_files import (
    CONGRESS,
    COUNTY,
    PLACE,
    SENATE,
    Ring,
    make_square,
    number,
    write_zip,
)
from tests.factories import make_post

GRID = [(column, row) for column in range(3) for row in range(3)]
IN_MASSACHUSETTS = {"STATEFP": "25"}


def load(
    folder: Path, fields: dict[str, Any], squares: Sequence[Ring], name: str, **order: Any
) -> int:
    rows = [
        ([square], number(fields, f"{n:0{len(fields['GEOID']) - 2}}", NAME=f"No. {n}"))
        for n, square in enumerate(squares, start=1)
    ]
    done = import_file(Order(write_zip(folder, rows, name), **order))
    assert done.boundary_set_id is not None
    return done.boundary_set_id


def put_in_force(set_id: int) -> None:
    with transaction() as session:
        stored = session.get_one(BoundarySet, set_id)
        activate_set(session, stored, utcnow().date(), actor="test")


def get(check: Check, layer: str) -> LayerCheck:
    return next(found for found in check.layers if found.layer == layer)


def test_without_sets_there_is_nothing_to_say(context: AppContext) -> None:
    assert check_districts() == Check((), ())


def test_a_sound_layer_has_neither_overlaps_nor_gaps(context: AppContext, tmp_path: Path) -> None:
    squares = [make_square(*place) for place in GRID]
    load(tmp_path, COUNTY, [make_square(0, size=0.3)], "county")
    load(tmp_path, CONGRESS, squares, "congress")

    found = get(check_districts(), "cd")

    assert (found.districts, found.with_division_id) == (9, 9)
    assert (found.invalid, found.overlaps, found.count_gaps) == ((), (), 0)
    assert len(found.without_post) == 9


def test_overlaps_and_gaps_are_named(context: AppContext, tmp_path: Path) -> None:
    squares = [make_square(*place) for place in GRID[1:]]
    squares[0] = make_square(0, 1.5)
    load(tmp_path, COUNTY, [make_square(0, size=0.3)], "county")
    load(tmp_path, CONGRESS, squares, "congress")

    found = get(check_districts(), "cd")

    [(first, second, share)] = found.overlaps
    assert "2501" in first and "2502" in second
    assert share == pytest.approx(0.5)
    assert found.count_gaps == 1


def test_places_need_not_cover_the_state(context: AppContext, tmp_path: Path) -> None:
    rows = [([make_square(0)], PLACE)]
    load(tmp_path, COUNTY, [make_square(0, size=0.3)], "county")
    import_file(Order(write_zip(tmp_path, rows)))

    found = check_districts()

    assert get(found, "place").gaps == {}
    assert get(found, "county").count_gaps == 0


def test_a_newer_loaded_set_is_looked_at_in_place_of_the_one_in_force(
    context: AppContext, tmp_path: Path
) -> None:
    old = load(tmp_path, COUNTY, [make_square(0)], "old")
    put_in_force(old)
    new = load(tmp_path, COUNTY, [make_square(0), make_square(1)], "new")

    now, of_old = get(check_districts(), "county"), get(check_districts(old), "county")

    assert ([one.id for one in now.sets], now.districts) == ([new], 2)
    assert ([one.id for one in of_old.sets], of_old.districts) == ([old], 1)


def test_an_older_loaded_set_is_passed_over(context: AppContext, tmp_path: Path) -> None:
    load(tmp_path, COUNTY, [make_square(0), make_square(1)], "older")
    newer = load(tmp_path, COUNTY, [make_square(0)], "newer")
    put_in_force(newer)

    assert [one.id for one in get(check_districts(), "county").sets] == [newer]


def test_a_states_own_set_comes_before_the_countrys_there(
    context: AppContext, tmp_path: Path
) -> None:
    other = COUNTY | {"STATEFP": "36", "GEOID": "36017"}
    rows = [([make_square(0)], COUNTY), ([make_square(5)], other)]
    import_file(Order(write_zip(tmp_path, rows, "country")))
    load(tmp_path, COUNTY, [make_square(0), make_square(1)], "state")

    found = get(check_districts(), "county")

    assert {one.scope for one in found.sets} == {"us", "ma"}
    assert found.districts == 3


def test_posts_and_districts_without_each_other_are_listed(
    context: AppContext, tmp_path: Path
) -> None:
    load(tmp_path, SENATE | IN_MASSACHUSETTS | {"STATEFP": "09"}, [make_square(0)], "senate")
    with transaction() as session:
        district = session.scalars(select(District)).one()
        make_post(session, district)
        make_post(session, district, division_id="ocd-division/country:us/state:ct/sldu:99")
        make_post(session, district, division_id="ocd-division/country:us/state:ct")

    found = check_districts()

    assert get(found, "sldu").without_post == ()
    assert found.without_district == ("ocd-division/country:us/state:ct/sldu:99",)


def test_a_broken_polygon_is_named_and_stops_nothing(context: AppContext, tmp_path: Path) -> None:
    load(tmp_path, COUNTY, [make_square(0), make_square(1)], "county")
    bow_tie = shapely.Polygon([(-72, 42), (-71, 43), (-71, 42), (-72, 43)])
    with transaction() as session:
        first = session.scalars(select(District.id).order_by(District.geoid)).first()
        session.execute(
            update(DistrictShape)
            .where(DistrictShape.district_id == first)
            .values(wkb=shapely.to_wkb(bow_tie))
        )

    [found] = check_districts().layers

    assert found.invalid == ("No. 1 County, MA (25001)",)


def test_a_set_that_is_not_there_is_not_found(context: AppContext) -> None:
    with pytest.raises(NotFound, match=BoundaryProblem.SET_NOT_FOUND):
        check_districts(7)
    assert db.session.scalar(select(BoundarySet.id)) is None
