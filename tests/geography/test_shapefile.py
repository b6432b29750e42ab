import shutil
import zipfile
from pathlib import Path

import pytest
import shapefile

from petition.errors import ImportRefused
from petition.geography.counties import find_wheel_file, read_counties
from petition.geography.importers.shapefile import digest_file, read_shapefile

SQUARE = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]
HOLE = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]
ISLAND = [(3, 3), (3, 4), (4, 4), (4, 3), (3, 3)]
BOW_TIE = [(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]
COUNTY = {"STATEFP": "25", "GEOID": "25017", "NAME": "Middlesex", "LSAD": "06"}


def write_shapefile(
    folder: Path, *rows: tuple[list[list[tuple[float, float]]], dict[str, str]]
) -> Path:
    path = folder / "areas.shp"
    with shapefile.Writer(str(path), shapeType=shapefile.POLYGON) as writer:
        for name in rows[0][1]:
            writer.field(name, "C", 40)
        for rings, fields in rows:
            writer.poly(rings)
            writer.record(**fields)
    return path


def test_holes_and_islands_are_read_as_such(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([SQUARE, HOLE, ISLAND], COUNTY))

    [feature] = read_shapefile(path)

    assert feature.geometry.geom_type == "MultiPolygon"
    assert feature.geometry.area == pytest.approx(1 - 0.04 + 1)
    assert (feature.row, feature.fields["NAME"], feature.mended) == (1, "Middlesex", False)


def test_a_zip_is_read_as_the_files_in_it(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([SQUARE], COUNTY))
    with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
        for part in (".shp", ".shx", ".dbf"):
            archive.write(path.with_suffix(part), f"areas{part}")

    [feature] = read_shapefile(tmp_path / "areas.zip")

    assert feature.geometry.area == 1


def test_a_polygon_that_crosses_itself_is_mended_and_said_to_be(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([BOW_TIE], COUNTY))

    [feature] = read_shapefile(path)

    assert feature.mended
    assert feature.geometry.is_valid
    assert feature.geometry.area == pytest.approx(0.5)


def test_a_mended_county_is_named_by_the_import(tmp_path: Path) -> None:
    [county], mended = read_counties(write_shapefile(tmp_path, ([BOW_TIE], COUNTY)))

    assert county.division_id == "ocd-division/country:us/state:ma/county:middlesex"
    assert mended == ("25017",)


@pytest.mark.parametrize("content", [b"", b"not a shapefile at all", b"\x00\x00\x27\x0a" * 40])
def test_a_file_that_is_no_shapefile_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("areas.shp", "areas.dbf", "areas.zip"):
        (tmp_path / name).write_bytes(content)

    for name in ("areas.shp", "areas.zip"):
        with pytest.raises(ImportRefused, match=f"{name}: not a readable shapefile"):
            list(read_shapefile(tmp_path / name))


def test_a_shapefile_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([SQUARE], COUNTY), ([ISLAND], COUNTY))
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(ImportRefused, match="not a readable shapefile"):
        list(read_shapefile(path))


def test_a_shapefile_without_its_fields_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([SQUARE], COUNTY))
    path.with_suffix(".dbf").unlink()

    with pytest.raises(ImportRefused):
        read_counties(path)


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, ([SQUARE], {"GEOID": "25017", "NAME": "Middlesex"}))

    with pytest.raises(ImportRefused, match="no field STATEFP, LSAD"):
        read_counties(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STATEFP": "99"}, "row 1 has STATEFP '99'"),
        ({"LSAD": "PL"}, r"row 1 \(25017\) has LSAD 'PL'"),
    ],
)
def test_a_row_without_state_or_division_is_refused_with_its_number(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_counties(write_shapefile(tmp_path, ([SQUARE], COUNTY | changes)))


def test_a_geoid_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="25017 stands there twice"):
        read_counties(write_shapefile(tmp_path, ([SQUARE], COUNTY), ([ISLAND], COUNTY)))


def test_the_digest_of_a_file_follows_its_fields_too(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    for part in (".shp", ".dbf"):
        shutil.copyfile(find_wheel_file().with_suffix(part), path.with_suffix(part))
    before = digest_file(path)

    path.with_suffix(".dbf").write_bytes(b"other fields")

    assert before == digest_file(find_wheel_file())
    assert digest_file(path) != before
