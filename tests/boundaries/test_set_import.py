"""Importing a boundary file: all of it beside what is there, once, or nothing."""

from datetime import date
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.boundaries.importing import set_import as importing
from petition.boundaries.importing.set_import import Order, import_file
from petition.core.errors import ImportRefused
from petition.core.extensions import db
from petition.demo.county_polygons import import_counties
from petition.models import BoundarySet, BoundaryState, District, Layer
from petition.redistricting.activation import activate
from tests.boundaries.boundary_files import (
    CONGRESS,
    COUNTY,
    HOUSE,
    PLACE,
    SENATE,
    TOWN,
    ZIP_AREA,
    make_square,
    number,
    write_generalized,
    write_zip,
)

MA = "ocd-division/country:us/state:ma"
LAYERS = {
    "county": (COUNTY, f"{MA}/county:middlesex"),
    "place": (PLACE, f"{MA}/place:boston"),
    "cousub": (TOWN, f"{MA}/place:arlington"),
    "sldu": (SENATE, "ocd-division/country:us/state:ct/sldu:5"),
    "sldl": (HOUSE, "ocd-division/country:us/state:ct/sldl:12"),
    "cd": (CONGRESS, f"{MA}/cd:7"),
    "zcta": (ZIP_AREA, "zcta:02139"),
}
MASSACHUSETTS_SENATE = number(SENATE, "D01") | {"STATEFP": "25", "GEOID": "25D01"}


def count_sets() -> int:
    return db.session.scalar(select(func.count()).select_from(BoundarySet)) or 0


def write_mapping(folder: Path, *pairs: tuple[str, str]) -> Path:
    lines = [f'    - {{os-id: "{MA}/{end}", sld-id: {geoid}}}' for geoid, end in pairs]
    path = folder / "ma.yml"
    path.write_text("\n".join(["id-mappings:", "  custom:", *lines]))
    return path


@pytest.mark.parametrize("layer", LAYERS)
def test_a_file_of_each_layer_is_stored_beside_the_others(
    context: AppContext, tmp_path: Path, layer: str
) -> None:
    fields, division_id = LAYERS[layer]

    done = import_file(Order(write_zip(tmp_path, [([make_square(0)], fields)])))

    assert done.changed and done.boundary_set_id is not None
    stored = db.session.get_one(BoundarySet, done.boundary_set_id)
    state = "ct" if fields.get("STATEFP") == "09" else "ma"
    assert (stored.layer, stored.scope, stored.state) == (layer, state, BoundaryState.LOADED)
    [district] = db.session.scalars(select(District)).all()
    assert (district.division_id, district.state) == (division_id, state.upper())
    assert not district.in_force


def test_the_same_file_again_changes_nothing_and_is_not_parsed(
    context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path, [([make_square(0)], COUNTY)])
    first = import_file(Order(path, effective_from=date(2027, 1, 3)))
    monkeypatch.delattr(importing, "prepare_set")

    second = import_file(Order(path))

    assert (second.boundary_set_id, second.districts) == (first.boundary_set_id, 1)
    assert not second.changed
    assert second.in_force_from == date(2027, 1, 3)
    with pytest.raises(ImportRefused, match="--layer is sldu"):
        import_file(Order(path, "sldu"))
    assert count_sets() == 1


def test_the_same_shapes_in_another_file_are_the_same_set(
    context: AppContext, tmp_path: Path
) -> None:
    first = import_file(Order(write_zip(tmp_path, [([make_square(0)], COUNTY)])))
    second = import_file(Order(write_generalized(tmp_path, [([make_square(0)], COUNTY)])))

    assert (second.boundary_set_id, second.changed) == (first.boundary_set_id, False)


def test_the_same_file_with_other_ids_is_another_set(context: AppContext, tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], TOWN)])
    places = tmp_path / "places.csv"
    places.write_text(f"id,census_geoid\n{MA}/place:arlington_town,place-2501701600\n")

    by_rule = import_file(Order(path))
    by_mapping = import_file(Order(path, ids=places))
    again = import_file(Order(path, ids=places))

    assert by_mapping.boundary_set_id != by_rule.boundary_set_id
    assert (by_rule.by_mapping, by_mapping.by_mapping) == (0, 1)
    assert (again.boundary_set_id, again.changed) == (by_mapping.boundary_set_id, False)


def test_a_file_of_several_states_is_the_countrys(context: AppContext, tmp_path: Path) -> None:
    other = COUNTY | {"STATEFP": "36", "GEOID": "36017"}
    path = write_zip(tmp_path, [([make_square(0)], COUNTY), ([make_square(1)], other)])

    whole = import_file(Order(path))
    part = import_file(Order(path, scope="ny"))

    assert (whole.scope, whole.districts) == ("us", 2)
    assert (part.scope, part.districts) == ("ny", 1)
    with pytest.raises(ImportRefused, match="is not a scope"):
        import_file(Order(path, scope="zz"))


def test_a_dry_run_stores_nothing(context: AppContext, tmp_path: Path) -> None:
    done = import_file(Order(write_zip(tmp_path, [([make_square(0)], COUNTY)])), dry_run=True)

    assert (done.boundary_set_id, done.districts, done.changed) == (None, 1, False)
    assert count_sets() == 0


def test_named_districts_are_refused_without_a_mapping(context: AppContext, tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], MASSACHUSETTS_SENATE)])

    with pytest.raises(ImportRefused, match=r"25D01.*have names.*--ids.*jurisdictions/ma.yml"):
        import_file(Order(path))
    assert count_sets() == 0


def test_named_districts_get_what_their_mapping_says(context: AppContext, tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], MASSACHUSETTS_SENATE)])
    mapping = write_mapping(tmp_path, ("sldu-25D01", "sldu:berkshire"))

    done = import_file(Order(path, ids=mapping))

    assert done.by_mapping == 1
    [district] = db.session.scalars(select(District)).all()
    assert district.division_id == f"{MA}/sldu:berkshire"


def test_a_mapping_that_lacks_a_legislative_district_is_refused(
    context: AppContext, tmp_path: Path
) -> None:
    second = number(MASSACHUSETTS_SENATE, "D02")
    path = write_zip(
        tmp_path, [([make_square(0)], MASSACHUSETTS_SENATE), ([make_square(1)], second)]
    )
    mapping = write_mapping(tmp_path, ("sldu-25D01", "sldu:berkshire"))

    with pytest.raises(ImportRefused, match=r"1 districts have no division id \(25D02\).*the pair"):
        import_file(Order(path, ids=mapping))
    assert count_sets() == 0


def test_a_mapping_of_another_state_is_refused(context: AppContext, tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], TOWN)])
    mapping = write_mapping(tmp_path, ("sldu-25D01", "sldu:berkshire"))

    with pytest.raises(ImportRefused, match="no entry for any of its 1 districts"):
        import_file(Order(path, ids=mapping))


def test_two_districts_of_one_id_are_refused(context: AppContext, tmp_path: Path) -> None:
    second = number(MASSACHUSETTS_SENATE, "D02")
    path = write_zip(
        tmp_path, [([make_square(0)], MASSACHUSETTS_SENATE), ([make_square(1)], second)]
    )
    mapping = write_mapping(tmp_path, ("sldu-25D01", "sldu:b"), ("sldu-25D02", "sldu:b"))

    with pytest.raises(ImportRefused, match=r"rows 1 \(25D01\) and 2 \(25D02\) would both be"):
        import_file(Order(path, ids=mapping))
    assert count_sets() == 0


def test_townships_take_the_id_of_their_county_from_the_counties_stored(
    context: AppContext, tmp_path: Path
) -> None:
    county = COUNTY | {
        "STATEFP": "42",
        "COUNTYFP": "001",
        "GEOID": "42001",
        "NAME": "Adams",
        "NAMELSAD": "Adams County",
    }
    township = TOWN | {"STATEFP": "42", "COUNTYFP": "001", "GEOID": "4200150784", "NAME": "Joy"}
    path = write_zip(tmp_path, [([make_square(0)], township)], "tl_2024_42_cousub")

    with pytest.raises(ImportRefused, match="import the counties first"):
        import_file(Order(path))
    import_file(Order(write_zip(tmp_path, [([make_square(0)], county)])))
    import_file(Order(path))

    query = select(District.division_id).where(District.layer == Layer.COUSUB)
    assert db.session.scalar(query) == ("ocd-division/country:us/state:pa/county:adams/place:joy")


def test_a_failure_in_the_middle_leaves_nothing(
    context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(importing, "index_postal_codes", fail)
    path = write_zip(tmp_path, [([make_square(0)], COUNTY)])

    with pytest.raises(RuntimeError):
        import_file(Order(path))

    assert count_sets() == 0
    assert db.session.scalar(select(func.count()).select_from(District)) == 0


def test_progress_is_told_by_rows(context: AppContext, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    rows = [([make_square(n)], number(COUNTY, f"{n:03}", NAME=f"No. {n}")) for n in range(1, 4)]

    import_file(
        Order(write_zip(tmp_path, rows)), progress=lambda done, total: told.append((done, total))
    )

    assert told[-1] == (3, 3)


def test_the_demo_does_not_take_over_again_from_the_set_that_replaced_its_own(
    context: AppContext, tmp_path: Path
) -> None:
    path = write_zip(tmp_path, [([make_square(0)], COUNTY)], "tl_2016_25_county")
    first = import_counties(path)
    assert first.boundary_set_id is not None
    activate(first.boundary_set_id)
    later = import_file(Order(write_zip(tmp_path, [([make_square(1)], COUNTY)])))
    assert later.boundary_set_id is not None
    activate(later.boundary_set_id)

    again = import_counties(path)

    assert (again.state, again.changed) == (BoundaryState.RETIRED, False)
