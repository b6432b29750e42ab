from pathlib import Path

import pytest
import shapely

from petition.boundaries.shapes import (
    digest_shapes,
    keep_shapes,
    name_file,
    pack_shapes,
    read_shapes,
    unpack_shapes,
)
from petition.core.errors import StorageCorrupt

SQUARE = shapely.box(0, 0, 1, 1)
HOLED = SQUARE.difference(shapely.box(0.4, 0.4, 0.6, 0.6))
PACKED = pack_shapes({"25017": SQUARE.wkb, "02020": HOLED.wkb})


def test_what_was_packed_comes_out_by_geoid() -> None:
    geoids, polygons = unpack_shapes(PACKED)

    assert geoids == ["02020", "25017"]
    assert polygons[0].equals(HOLED)
    assert polygons[1].equals(SQUARE)


def test_the_same_polygons_have_the_same_digest_in_whatever_order_they_came() -> None:
    again = pack_shapes({"02020": HOLED.wkb, "25017": SQUARE.wkb})

    assert digest_shapes(again) == digest_shapes(PACKED)


def test_an_empty_set_can_be_packed() -> None:
    assert unpack_shapes(pack_shapes({}))[0] == []


def test_a_kept_file_is_read_back_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "boundaries"

    assert keep_shapes(folder, PACKED)

    assert read_shapes(folder, digest_shapes(PACKED)) == PACKED
    assert [path.name for path in folder.iterdir()] == [f"{digest_shapes(PACKED)}.shapes"]


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_shapes(tmp_path, digest_shapes(PACKED)) is None


@pytest.mark.parametrize("damaged", [b"", PACKED[:-1], PACKED[:100] + b"!" + PACKED[101:]])
def test_a_damaged_file_is_told(tmp_path: Path, damaged: bytes) -> None:
    name_file(tmp_path, digest_shapes(PACKED)).write_bytes(damaged)

    with pytest.raises(StorageCorrupt):
        read_shapes(tmp_path, digest_shapes(PACKED))


def test_a_folder_that_cannot_be_made_costs_the_cache_and_nothing_else(tmp_path: Path) -> None:
    in_the_way = tmp_path / "boundaries"
    in_the_way.write_text("a file")

    assert keep_shapes(in_the_way, PACKED) is False
