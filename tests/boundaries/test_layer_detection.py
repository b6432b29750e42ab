"""Which layer a file is of, and what becomes of its rows."""

from pathlib import Path
from typing import Any

import pytest

from petition.boundaries.importing.areas import ELSEWHERE, UNDEFINED, UNKNOWN_ZIP, read_areas
from petition.boundaries.importing.district_names import name_district
from petition.boundaries.importing.layer_detection import find_layer
from petition.core.errors import ImportRefused
from petition.postal.us_states import BY_CODE
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
    write_geojson,
    write_zip,
)

ROWS = {
    "county": COUNTY,
    "place": PLACE,
    "cousub": TOWN,
    "sldu": SENATE,
    "sldl": HOUSE,
    "cd": CONGRESS,
    "zcta": ZIP_AREA,
}


@pytest.mark.parametrize("layer", ROWS)
def test_the_fields_tell_the_layer_in_every_kind_of_file(tmp_path: Path, layer: str) -> None:
    row = ([make_square(0)], ROWS[layer])

    full = read_areas(write_zip(tmp_path, [row]), layer)
    generalized = read_areas(write_generalized(tmp_path, [row]))
    geojson = read_areas(write_geojson(tmp_path, [row]))

    assert {full.layer, generalized.layer, geojson.layer} == {layer}
    assert full.areas[0].wkb == generalized.areas[0].wkb


@pytest.mark.parametrize("field", ["CD118FP", "CD116FP", "CD119FP", "CD111FP10"])
def test_the_districts_of_any_congress_are_known(tmp_path: Path, field: str) -> None:
    row = {"STATEFP": "25", field: "07", "GEOID": "2507"}

    read = read_areas(write_zip(tmp_path, [([make_square(0)], row)]))

    assert read.layer == "cd"
    assert name_district("cd", read.areas[0]) == "Congressional District 7"


def test_mtfcc_tells_it_where_the_fields_do_not(tmp_path: Path) -> None:
    assert find_layer("areas.geojson", {"GEOID", "NAME"}, "G5220") == "sldl"


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("tl_2024_25_sldu.geojson", "sldu"),
        ("cb_2024_us_cd119_500k.zip", "cd"),
        ("my-county.geojson", "county"),
        ("cb_2020_us_zcta520_500k.zip", "zcta"),
    ],
)
def test_the_name_tells_it_where_nothing_else_does(name: str, layer: str) -> None:
    assert find_layer(name, {"GEOID", "NAME"}, "") == layer


def test_a_file_of_nothing_known_is_refused() -> None:
    with pytest.raises(ImportRefused, match="its layer cannot be recognized"):
        find_layer("areas.geojson", {"GEOID", "NAME"}, "G6400")


def test_areas_smaller_than_counties_are_not_taken_for_counties() -> None:
    with pytest.raises(ImportRefused, match="a file of census tracts"):
        find_layer("tl_2024_25_tract.zip", {"STATEFP", "COUNTYFP", "TRACTCE", "GEOID"}, "G5020")


def test_another_layer_than_the_one_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], SENATE)])

    with pytest.raises(ImportRefused, match="of the layer sldu, but --layer is sldl"):
        read_areas(path, "sldl")


@pytest.mark.parametrize("rest", [number(SENATE, "ZZZ"), TOWN | {"GEOID": "2501700000"}])
def test_the_rest_of_a_state_is_no_district_and_is_counted(
    tmp_path: Path, rest: dict[str, Any]
) -> None:
    good = SENATE if "SLDUST" in rest else TOWN
    rows = [([make_square(0)], good), ([make_square(1)], rest)]

    read = read_areas(write_zip(tmp_path, rows))

    assert [area.geoid for area in read.areas] == [good["GEOID"]]
    assert read.skipped == {UNDEFINED: 1}


def test_a_file_of_nothing_else_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, [([make_square(0)], number(SENATE, "ZZZ"))])

    with pytest.raises(ImportRefused, match="no area of it is left"):
        read_areas(path)


def test_only_the_rows_of_one_state_are_taken_where_it_is_named(tmp_path: Path) -> None:
    other = COUNTY | {"STATEFP": "36", "GEOID": "36017"}
    path = write_zip(tmp_path, [([make_square(0)], COUNTY), ([make_square(1)], other)])

    read = read_areas(path, state=BY_CODE["NY"])

    assert [area.geoid for area in read.areas] == ["36017"]
    assert read.skipped == {ELSEWHERE: 1}


def test_zip_areas_take_their_state_from_the_list_of_zip_codes(tmp_path: Path) -> None:
    rows = [
        ([make_square(column)], ZIP_AREA | {"ZCTA5CE20": code, "GEOID20": code})
        for column, code in enumerate(["02139", "10001", "00000"])
    ]

    read = read_areas(write_zip(tmp_path, rows))

    assert [(area.geoid, area.state.code) for area in read.areas] == [
        ("02139", "MA"),
        ("10001", "NY"),
    ]
    assert read.skipped == {UNKNOWN_ZIP: 1}


@pytest.mark.parametrize(
    ("layer", "fields", "name"),
    [
        ("place", PLACE, "Boston"),
        ("cousub", TOWN, "Arlington"),
        ("sldu", SENATE, "State Senate District 5"),
        ("sldu", SENATE | {"NAMELSAD": "", "NAME": "5"}, "State Senate District 5"),
        ("sldl", HOUSE | {"NAMELSAD": "", "NAME": "26A"}, "State House District 26A"),
        ("sldl", HOUSE | {"NAMELSAD": "3rd  Barnstable District"}, "3rd Barnstable District"),
        ("cd", CONGRESS | {"NAMELSAD": "Congressional District 07"}, "Congressional District 7"),
        (
            "cd",
            number(CONGRESS, "00", NAMELSAD="Congressional District (at Large)"),
            "Congressional District at Large",
        ),
        ("zcta", ZIP_AREA, "02139"),
    ],
)
def test_a_district_is_called_what_people_call_it(
    tmp_path: Path, layer: str, fields: dict[str, str], name: str
) -> None:
    [area] = read_areas(write_zip(tmp_path, [([make_square(0)], fields)])).areas

    assert name_district(layer, area) == name
