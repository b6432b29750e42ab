"""GeoJSON and projections: degrees of NAD83 or WGS84, longitude first, or a refusal."""

import json
from pathlib import Path
from typing import Any

import pytest

from petition.boundaries.importing.areas import read_areas
from petition.boundaries.importing.readers.projection import check_crs, check_prj
from petition.core.errors import ImportRefused
from tests.boundaries.boundary_files import (
    COUNTY,
    NAD83,
    STATE_PLANE,
    make_square,
    write_geojson,
    write_shapefile,
)

SQUARE = make_square(0)
HOLE = [(x / 2 - 36 + 0.01, y / 2 + 21 + 0.01) for x, y in SQUARE]
WGS84 = 'GEOGCS["WGS 84",DATUM["WGS_1984"],AUTHORITY["EPSG","4326"]]'
WKT2 = 'GEOGCRS["NAD83",\n DATUM["North American Datum 1983"],ID["EPSG",4269]]'


def write(folder: Path, content: Any) -> Path:
    path = folder / "areas.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def make(geometry: Any, **fields: Any) -> dict[str, Any]:
    feature = {"type": "Feature", "properties": COUNTY | fields, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def test_holes_and_several_parts_are_read(tmp_path: Path) -> None:
    parts = [[SQUARE, HOLE], [make_square(3)]]
    path = write(tmp_path, make({"type": "MultiPolygon", "coordinates": parts}))

    read = read_areas(path)

    assert (read.layer, len(read.areas), read.mended, read.notes) == ("county", 1, [], [])


def test_names_of_fields_may_be_in_lower_case_and_of_a_vintage(tmp_path: Path) -> None:
    row = {"statefp20": "25", "geoid20": "25017", "countyfp20": "017", "name20": "Middlesex"}

    [area] = read_areas(write_geojson(tmp_path, [([SQUARE], row)])).areas

    assert (area.geoid, area.state.code, area.fields["NAME"]) == ("25017", "MA", "Middlesex")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not a GeoJSON in UTF-8"),
        ('{"type": "FeatureCollection", "features": [', "not a GeoJSON in UTF-8"),
        ("[]", "it is not a GeoJSON feature collection"),
        ('{"type": "Feature"}', "it is not a GeoJSON feature collection"),
        ('{"type": "FeatureCollection", "features": [7]}', "row 1 is not a feature"),
        ('{"type": "FeatureCollection", "features": []}', "it has no rows"),
        (make({"type": "Point", "coordinates": [-71, 42]}), "row 1 is not a polygon"),
        (make(None), r"row 1 is not a polygon \(no shape\)"),
        (make({"type": "Polygon", "coordinates": [[[-71, 42]]]}), "row 1 has a geometry that"),
        (make({"type": "Polygon"}), "row 1 has a geometry that"),
        (
            make(
                {"type": "Polygon", "coordinates": [[*SQUARE[:2], [-71, float("nan")], SQUARE[0]]]}
            ),
            "row 1 has a coordinate that is not a number",
        ),
        (make({"type": "Polygon", "coordinates": [SQUARE]}, GEOID=25017), "row 1 has GEOID 25017"),
        (make({"type": "Polygon", "coordinates": [SQUARE]}, STATEFP=25), "row 1 has STATEFP 25"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_areas(write(tmp_path, content))


def test_latitude_first_is_refused(tmp_path: Path) -> None:
    swapped = [(y, x) for x, y in SQUARE]

    with pytest.raises(ImportRefused, match="row 1: coordinates look swapped: latitude first"):
        read_areas(write_geojson(tmp_path, [([swapped], COUNTY)]))


def test_metres_are_refused(tmp_path: Path) -> None:
    metres = [(x * 100_000, y * 100_000) for x, y in SQUARE]

    with pytest.raises(ImportRefused, match="which are not degrees"):
        read_areas(write_shapefile(tmp_path, [([metres], COUNTY)], prj=None))


def test_a_shapefile_without_prj_is_taken_when_its_numbers_are_degrees(tmp_path: Path) -> None:
    read = read_areas(write_shapefile(tmp_path, [([SQUARE], COUNTY)], prj=None))

    assert len(read.areas) == 1
    assert "no .prj" in read.notes[0]


def test_areas_outside_the_country_are_pointed_out(tmp_path: Path) -> None:
    africa = [(x + 92, y - 42) for x, y in SQUARE]

    read = read_areas(write_geojson(tmp_path, [([africa], COUNTY)]))

    assert "1 of its areas are outside the United States" in read.notes[0]


@pytest.mark.parametrize(
    "text", [NAD83, WGS84, WKT2, NAD83.replace("GCS_North_American_1983", "NAD83")]
)
def test_nad83_and_wgs84_are_accepted_however_they_are_spelled(text: str) -> None:
    check_prj("areas.shp", text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STATE_PLANE, "NAD_1983_StatePlane_Massachusetts"),
        ('GEOGCS["GCS_North_American_1927"]', "GCS_North_American_1927"),
        ('PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere"]', "Web_Mercator"),
        ("", "not WKT"),
        ("epsg:26986", "not WKT"),
    ],
)
def test_any_other_projection_is_refused_with_its_name(text: str, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        check_prj("areas.shp", text)


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4269", "EPSG:4326"]
)
def test_a_crs_member_of_degrees_is_accepted(name: str) -> None:
    check_crs("areas.geojson", {"type": "name", "properties": {"name": name}})
    check_crs("areas.geojson", None)


@pytest.mark.parametrize(
    "member",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::26986"}},
        {"type": "name", "properties": {"name": "EPSG:14326"}},
        {"type": "link", "properties": {"href": "here"}},
        "EPSG:3857",
    ],
)
def test_any_other_crs_member_is_refused(member: Any) -> None:
    with pytest.raises(ImportRefused, match="its coordinates are"):
        check_crs("areas.geojson", member)
