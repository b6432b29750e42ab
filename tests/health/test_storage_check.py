"""A disk that is nearly full is told before it is, by bytes or by files."""

import pytest

from petition.health.storage_check import GIBIBYTE, MEBIBYTE, Room, find_shortage


@pytest.mark.parametrize(
    ("room", "want"),
    [
        (Room(GIBIBYTE, 100 * GIBIBYTE, 900, 1000), "1,024 MiB are free, 1.0% of the disk"),
        (Room(200 * MEBIBYTE, GIBIBYTE, 900, 1000), "200 MiB are free, 19.5% of the disk"),
        (Room(0, 0, 0, 0), "0 MiB are free, 100.0% of the disk"),
        (Room(40 * GIBIBYTE, 4000 * GIBIBYTE, 900, 1000), None),
        (Room(3 * GIBIBYTE, 100 * GIBIBYTE, 900, 1000), None),
        (Room(300 * MEBIBYTE, GIBIBYTE, 900, 1000), None),
        (Room(50 * GIBIBYTE, 100 * GIBIBYTE, 0, 0), None),
    ],
)
def test_one_that_has_too_little_left_is_told(room: Room, want: str | None) -> None:
    assert find_shortage(room) == want


def test_one_without_room_for_files_is_told_though_bytes_are_left() -> None:
    found = find_shortage(Room(50 * GIBIBYTE, 100 * GIBIBYTE, 9, 1000))

    assert found is not None
    assert found.startswith("9 more files fit on the disk")
