"""Whether polygons cover a state once."""

import numpy as np
import pytest
import shapely

from petition.boundaries.checks.coverage import (
    Gaps,
    find_gaps,
    find_overlaps,
    join,
    measure_thickness,
)

NO_POINTS = np.empty((0, 2))
GRID = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3)], object)
WHOLE = shapely.box(0, 0, 3, 3)
MIDDLE = 4


def test_squares_that_touch_do_not_overlap() -> None:
    assert find_overlaps(GRID) == []
    assert join(GRID).equals(WHOLE)


def test_a_real_overlap_is_found_with_its_share() -> None:
    shifted = GRID.copy()
    shifted[MIDDLE] = shapely.box(1, 1, 2.25, 2)

    [overlap] = find_overlaps(shifted)

    assert (overlap.first, overlap.second) == (MIDDLE, 7)
    assert overlap.share == pytest.approx(0.25)


def test_a_district_that_stands_there_twice_overlaps_wholly() -> None:
    [overlap] = find_overlaps(np.array([GRID[0], GRID[0]], object))

    assert overlap.share == 1


def test_slivers_of_simplified_borders_are_no_overlap() -> None:
    shifted = GRID.copy()
    shifted[MIDDLE] = shapely.box(1, 1, 2.002, 2)

    assert not shapely.coverage_is_valid(shifted)
    assert find_overlaps(shifted) == []
    assert join(shifted).equals(WHOLE)


def test_a_missing_district_is_a_gap_with_and_without_another_layer() -> None:
    rest = join(np.delete(GRID, MIDDLE))

    assert find_gaps(rest, [], 1, NO_POINTS).land == (pytest.approx(1 / 8),)
    assert find_gaps(rest, [WHOLE], 1, NO_POINTS).land == (pytest.approx(1 / 8),)


def test_a_missing_district_at_the_edge_shows_beside_another_layer() -> None:
    rest = join(np.delete(GRID, 0))

    assert find_gaps(rest, [], 1, NO_POINTS) == Gaps()
    assert len(find_gaps(rest, [WHOLE], 1, NO_POINTS).land) == 1


def test_what_another_layer_leaves_out_too_is_no_gap() -> None:
    rest = join(np.delete(GRID, 0))

    assert find_gaps(rest, [WHOLE, rest], 1, NO_POINTS) == Gaps()


def test_slivers_are_no_gap() -> None:
    wider = shapely.box(-0.003, 0, 3, 3)

    assert find_gaps(WHOLE, [wider], 1, NO_POINTS) == Gaps()


def test_a_part_without_zip_codes_is_taken_for_water() -> None:
    rest = join(np.delete(GRID, 0))
    inland = np.array([(x / 10, y / 10) for x in range(11, 30) for y in range(11, 30)])
    everywhere = np.array([(x / 10, y / 10) for x in range(30) for y in range(30)])

    assert find_gaps(rest, [WHOLE], 1, inland) == Gaps(water=(pytest.approx(1 / 8),))
    assert find_gaps(rest, [WHOLE], 1, everywhere) == Gaps(land=(pytest.approx(1 / 8),))


def test_thickness_is_the_width_of_a_strip() -> None:
    strips = np.array([shapely.box(0, 0, 100, 0.5), shapely.Polygon()], object)

    assert measure_thickness(strips) == pytest.approx([0.5, 0], rel=0.01)
