from collections.abc import Callable
from pathlib import Path

import pytest
from flask import current_app
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.boundaries.active_sets import FileState, check_files, get_boundaries
from petition.boundaries.boundary_sets import NewSet
from petition.boundaries.shapes import name_file
from petition.core.errors import BoundariesUnavailable
from petition.core.extensions import db, get_settings, transaction
from petition.models import BoundarySet, BoundaryState, District, DistrictShape, Layer

CAMBRIDGE = ([-71.1042], [42.3647])


def find_file() -> Path:
    digest = db.session.scalars(select(BoundarySet.digest)).one()
    return name_file(get_settings().boundaries_dir, digest)


def forget_memory() -> None:
    """Do as a process that has just started does."""
    current_app.extensions.pop("hundredth-boundaries", None)


def locate_cambridge(layer: Layer = Layer.COUNTY) -> District:
    boundaries = get_boundaries(db.session())
    return db.session.get_one(District, int(boundaries.match(layer, *CAMBRIDGE)[0]))


def test_the_boundaries_in_force_are_loaded_once(counties: int) -> None:
    first = get_boundaries(db.session())

    assert get_boundaries(db.session()) is first
    assert first.set_ids == {counties}
    assert locate_cambridge().name == "Middlesex County"


def test_no_set_in_force_is_unavailable_and_retryable(context: AppContext) -> None:
    with pytest.raises(BoundariesUnavailable):
        get_boundaries(db.session())


def test_a_missing_file_is_written_again_from_the_database(counties: int) -> None:
    get_boundaries(db.session())
    before = find_file().read_bytes()
    find_file().unlink()
    forget_memory()
    assert list(check_files(db.session()).values()) == [FileState.MISSING]

    assert locate_cambridge().name == "Middlesex County"

    assert find_file().read_bytes() == before
    assert list(check_files(db.session()).values()) == [FileState.GOOD]


@pytest.mark.parametrize("damage", ["emptied", "cut", "changed"])
def test_a_corrupt_file_heals_from_the_database(counties: int, damage: str) -> None:
    get_boundaries(db.session())
    whole = find_file().read_bytes()
    middle = len(whole) // 2
    find_file().write_bytes(
        {
            "emptied": b"",
            "cut": whole[:middle],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        }[damage]
    )
    forget_memory()
    assert list(check_files(db.session()).values()) == [FileState.CORRUPT]

    assert locate_cambridge().name == "Middlesex County"

    assert find_file().read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_does_not_stop_the_matching(counties: int) -> None:
    folder = get_settings().boundaries_dir
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file stands where the folder should be")

    assert locate_cambridge().name == "Middlesex County"


def test_shapes_that_were_changed_in_the_database_are_not_used(counties: int) -> None:
    with transaction() as session:
        first = session.scalars(select(DistrictShape.district_id).limit(2)).all()
        other = session.get_one(DistrictShape, first[1]).wkb
        session.get_one(DistrictShape, first[0]).wkb = other

    with pytest.raises(BoundariesUnavailable, match="wrong digest"):
        get_boundaries(db.session())


def test_a_set_that_takes_over_is_noticed_and_one_that_stays_is_kept(
    counties: int,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> None:
    put_in_force(make_county_set("MA", layer=Layer.CD))
    before = get_boundaries(db.session())

    later = put_in_force(make_county_set("MA", "CT"))
    after = get_boundaries(db.session())

    assert after.layers[Layer.COUNTY] is not before.layers[Layer.COUNTY]
    assert after.layers[Layer.CD] is before.layers[Layer.CD]
    assert locate_cambridge().boundary_set_id == later


def test_a_states_own_set_comes_before_the_countrys(
    counties: int,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> None:
    own = put_in_force(make_county_set("MA", scope="ma"))

    boundaries = get_boundaries(db.session())

    assert locate_cambridge().boundary_set_id == own
    [providence] = boundaries.match(Layer.COUNTY, [-71.4128], [41.8240]).tolist()
    assert db.session.get_one(District, providence).boundary_set_id == counties
    assert boundaries.set_ids == {own, counties}


def test_no_set_is_in_force_any_more_once_it_is_retired(counties: int) -> None:
    get_boundaries(db.session())
    with transaction() as session:
        session.execute(update(BoundarySet).values(state=BoundaryState.RETIRED))

    with pytest.raises(BoundariesUnavailable):
        get_boundaries(db.session())
