"""Zips: what is in them is found, and what should not be is refused."""

import zipfile
from pathlib import Path

import pytest

from petition.boundaries.importing.readers import archive
from petition.boundaries.importing.readers.boundary_files import open_boundary_file
from petition.core.errors import ImportRefused
from tests.boundaries.boundary_files import COUNTY, make_geojson, make_square, make_zip, write_zip

ROW = ([make_square(0)], COUNTY)


def count(path: Path) -> int:
    with open_boundary_file(path) as file:
        return len(list(file.features))


def refuse(path: Path, words: str) -> None:
    with pytest.raises(ImportRefused, match=words) as refused:
        count(path)
    assert path.name in str(refused.value)


def test_a_zipped_geojson_is_read_from_any_folder(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_bytes(
        make_zip(
            {
                "maps/areas.geojson": make_geojson([ROW]),
                "__MACOSX/maps/._areas.geojson": b"\0",
                "README.txt": "a map",
            }
        )
    )

    assert count(path) == 1


def test_something_else_than_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_text("<html>429 Too Many Requests</html>")

    refuse(path, "not a readable zip")


def test_a_zip_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, [ROW])
    path.write_bytes(path.read_bytes()[:-200])

    refuse(path, "not a readable zip.*fetch it again")


def test_a_zip_with_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, [ROW])
    content = bytearray(path.read_bytes())
    content[60:90] = b"x" * 30
    path.write_bytes(content)

    refuse(path, "not a readable zip")


def test_two_shapefiles_in_one_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_bytes(make_zip({"a.shp": b"", "b.shp": b""}))

    refuse(path, "expected one shapefile or one GeoJSON in it, but found a.shp, b.shp")


def test_a_zip_without_a_map_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_bytes(make_zip({"README.txt": "no map"}))

    refuse(path, "but found none")


def test_a_zip_without_its_dbf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_bytes(make_zip({"a.shp": b"", "a.shx": b"", "b.dbf": b""}))

    refuse(path, "without its .dbf")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST_BYTES", 1_000_000)
    path = tmp_path / "areas.zip"
    path.write_bytes(make_zip({"a.shp": b"\0" * 2_000_000, "a.shx": b"", "a.dbf": b""}))

    refuse(path, "unpacked it would be")


def test_a_zip_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.zip"
    path.write_bytes(make_zip({"a.shp": b"\0" * 100_000, "a.shx": b"", "a.dbf": b""}))
    told, size = bytearray(path.read_bytes()), (100_000).to_bytes(4, "little")
    path.write_bytes(bytes(told).replace(size, (100).to_bytes(4, "little")))

    refuse(path, "not a readable")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, [ROW])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        start = opened.start_dir
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        content[start + 8] |= 1
        start += 4
    path.write_bytes(content)

    refuse(path, "is encrypted")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    path.write_bytes(b"SQLite format 3")

    refuse(path, "expected a .zip, a .shp or a .geojson")
