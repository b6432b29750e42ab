import shutil
from pathlib import Path

import numpy as np
import pytest
import shapefile
import shapely

from petition.boundaries.importing.readers.boundary_files import open_boundary_file
from petition.boundaries.importing.readers.features import Feature
from petition.boundaries.importing.readers.shapefile import digest_file
from petition.core.errors import ImportRefused
from petition.demo.county_polygons import find_wheel_file, read_counties
from tests.boundaries.boundary_files import (
    COUNTY,
    STATE_PLANE,
    make_square,
    write_shapefile,
    write_zip,
)

SQUARE = make_square(0, size=1)
HOLE = make_square(1, 1, size=0.25)[::-1]
IN_HOLE = make_square(5, 5, size=0.06)
ISLAND = make_square(3, size=1)
BOW_TIE = [(-72, 42), (-71, 43), (-71, 42), (-72, 43), (-72, 42)]


def read(path: Path) -> list[Feature]:
    with open_boundary_file(path) as file:
        return list(file.features)


def test_holes_and_islands_are_read_as_such(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, [([SQUARE, HOLE, ISLAND], COUNTY)])

    [feature] = read(path)

    assert feature.geometry is not None
    assert feature.geometry.geom_type == "MultiPolygon"
    assert feature.geometry.area == pytest.approx(1 - 0.0625 + 1)
    assert (feature.row, feature.fields["NAME"]) == (1, "Middlesex")


def test_an_island_in_the_hole_of_another_part_is_no_owner_of_the_hole(tmp_path: Path) -> None:
    [feature] = read(write_shapefile(tmp_path, [([IN_HOLE, ISLAND, HOLE, SQUARE], COUNTY)]))

    assert feature.geometry is not None and feature.geometry.is_valid
    assert feature.geometry.area == pytest.approx(1 - 0.0625 + 0.06**2 + 1)


def test_rings_that_go_round_the_wrong_way_are_shells(tmp_path: Path) -> None:
    [feature] = read(write_shapefile(tmp_path, [([SQUARE[::-1], ISLAND[::-1]], COUNTY)]))

    assert feature.geometry is not None
    assert feature.geometry.area == pytest.approx(2)


def test_it_reads_what_pyshp_reads(all_counties: object) -> None:
    path = find_wheel_file()
    with shapefile.Reader(str(path)) as reader:
        theirs = [shapely.geometry.shape(item) for item in reader.iterShapes()]

    ours = [feature.geometry for feature in read(path)]

    assert len(ours) == len(theirs) == 3_233
    assert bool(np.all(shapely.equals(ours, theirs)))


def test_a_zip_is_read_as_the_files_in_it(tmp_path: Path) -> None:
    [feature] = read(write_zip(tmp_path, [([SQUARE], COUNTY)]))

    assert feature.geometry is not None and feature.geometry.area == 1


def test_polygons_with_heights_are_read_flat(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    with shapefile.Writer(str(path), shapeType=shapefile.POLYGONZ) as writer:
        writer.field("GEOID", "C", 5)
        writer.polyz([[(*point, 7.0) for point in SQUARE]])
        writer.record(GEOID="25017")

    [feature] = read(path)

    assert feature.geometry is not None and not feature.geometry.has_z
    assert feature.geometry.area == 1


def test_a_polygon_that_crosses_itself_is_mended_and_named(tmp_path: Path) -> None:
    [county], mended = read_counties(write_shapefile(tmp_path, [([BOW_TIE], COUNTY)]))

    assert county.division_id == "ocd-division/country:us/state:ma/county:middlesex"
    assert mended == ("25017",)
    polygon = shapely.from_wkb(county.wkb)
    assert polygon.is_valid and polygon.area == pytest.approx(0.5)


@pytest.mark.parametrize("content", [b"", b"not a shapefile at all", b"\x00\x00\x27\x0a" * 40])
def test_a_file_that_is_no_shapefile_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("areas.shp", "areas.shx", "areas.dbf"):
        (tmp_path / name).write_bytes(content)

    with pytest.raises(ImportRefused, match=r"areas.shp: not a readable shapefile"):
        read(tmp_path / "areas.shp")


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_shapefile_cut_short_is_refused(tmp_path: Path, part: str) -> None:
    path = write_shapefile(tmp_path, [([SQUARE], COUNTY), ([ISLAND], COUNTY)])
    cut = path.with_suffix(part)
    cut.write_bytes(cut.read_bytes()[:-20])

    with pytest.raises(ImportRefused, match="not a readable shapefile"):
        read(path)


def test_a_record_that_claims_more_points_than_there_are_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, [([SQUARE], COUNTY)])
    content = bytearray(path.read_bytes())
    content[148:152] = (2**31 - 1).to_bytes(4, "little")
    path.write_bytes(content)

    with pytest.raises(ImportRefused, match="not a readable shapefile"):
        read(path)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_one_of_its_parts_is_refused(tmp_path: Path, part: str) -> None:
    path = write_shapefile(tmp_path, [([SQUARE], COUNTY)])
    path.with_suffix(part).unlink()

    with pytest.raises(ImportRefused, match=f"without its {part}"):
        read(path)


def test_shapes_of_another_kind_are_refused_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "tl_2024_25_county.shp"
    with shapefile.Writer(str(path), shapeType=shapefile.POINT) as writer:
        for name in COUNTY:
            writer.field(name, "C", 40)
        writer.point(-71, 42)
        writer.record(**COUNTY)

    with pytest.raises(ImportRefused, match="row 1 is not a polygon"):
        read_counties(path)


def test_text_is_read_in_the_encoding_that_the_cpg_names(tmp_path: Path) -> None:
    row = COUNTY | {"NAME": "Añasco", "NAMELSAD": "Añasco County"}

    for cpg in ("ISO-8859-1", "88591", "ANSI 1252"):
        path = write_shapefile(tmp_path, [([SQUARE], row)], cpg=cpg, encoding="latin-1")
        assert read(path)[0].fields["NAME"] == "Añasco"


@pytest.mark.parametrize("cpg", ["UTF-8", None])
def test_text_in_another_encoding_is_refused(tmp_path: Path, cpg: str | None) -> None:
    row = COUNTY | {"NAME": "Añasco"}
    path = write_shapefile(tmp_path, [([SQUARE], row)], cpg=cpg, encoding="latin-1")

    with pytest.raises(ImportRefused, match="not in utf-8.*write the right encoding"):
        read(path)


def test_an_encoding_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="names the encoding 'Klingon'"):
        read(write_shapefile(tmp_path, [([SQUARE], COUNTY)], cpg="Klingon"))


def test_a_projected_file_is_refused_with_its_projection(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="StatePlane_Massachusetts.*ogr2ogr"):
        read(write_shapefile(tmp_path, [([SQUARE], COUNTY)], prj=STATE_PLANE))


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    row = {"GEOID": "25017", "COUNTYFP": "017"}

    with pytest.raises(ImportRefused, match="no field STATEFP, NAME"):
        read_counties(write_shapefile(tmp_path, [([SQUARE], row)]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STATEFP": "99"}, "row 1 has STATEFP '99'"),
        ({"STATEFP": "36"}, "row 1 has STATEFP '36' and GEOID 25017"),
        ({"LSAD": "XX"}, r"row 1 \(25017\): there is no rule for LSAD 'XX'"),
        ({"GEOID": "2517"}, "row 1 has GEOID '2517'"),
        ({"MTFCC": "G4040"}, "row 1 has MTFCC 'G4040'"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_number(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_counties(write_shapefile(tmp_path, [([SQUARE], COUNTY | changes)]))


def test_a_geoid_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="25017 appears twice, in rows 1 and 2"):
        read_counties(write_shapefile(tmp_path, [([SQUARE], COUNTY), ([ISLAND], COUNTY)]))


def test_the_digest_of_a_file_follows_its_fields_too(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    for part in (".shp", ".dbf"):
        shutil.copyfile(find_wheel_file().with_suffix(part), path.with_suffix(part))
    before = digest_file(path)

    path.with_suffix(".dbf").write_bytes(b"other fields")

    assert before == digest_file(find_wheel_file())
    assert digest_file(path) != before
