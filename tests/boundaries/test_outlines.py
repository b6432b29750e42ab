"""Outlines: whole numbers, close to the districts, without gaps, and true degrees behind them."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from flask.ctx import AppContext
from shapely.errors import UnsupportedGEOSVersionError

from petition.boundaries.boundary_sets import NewDistrict, NewSet, make_set
from petition.boundaries.outlines import (
    LONGEST_SIDE,
    Drawing,
    Outline,
    draw,
    get_drawing,
    simplify_together,
)
from petition.boundaries.shapes import Geometries
from petition.core.extensions import db
from petition.models import Layer

# Two districts side by side, whose border is a line of many points that has no name of its own.
WAVE = [(0.5 + 0.01 * np.sin(40 * y), y) for y in np.linspace(0, 1, 400)]
WEST = shapely.Polygon([(0, 0), *WAVE, (0, 1)])
EAST = shapely.Polygon([(1, 0), *WAVE, (1, 1)])
POND = shapely.box(0.2, 0.2, 0.3, 0.3)


def draw_polygons(*polygons: shapely.Geometry) -> Drawing:
    return draw([f"{number:05}" for number in range(len(polygons))], np.array(polygons))


def restore(outline: Outline) -> Geometries:
    """Return what the path data says, as a polygon."""
    parts = []
    for ring in re.findall(r"M(\d+) (\d+)l([^z]*)z", outline.path):
        steps = np.array(re.findall(r"-?\d+", ring[2]), int).reshape(-1, 2)
        points = np.vstack([[(int(ring[0]), int(ring[1]))], steps]).cumsum(axis=0)
        parts.append(shapely.Polygon(points))
    return shapely.union_all(parts)


def pick_state(counties: list[NewDistrict], state: str) -> tuple[list[str], Geometries]:
    chosen = [county for county in counties if county.state == state]
    return [county.geoid for county in chosen], shapely.from_wkb([c.wkb for c in chosen])


def test_a_path_is_whole_numbers_that_end_where_they_began() -> None:
    outline = draw_polygons(WEST, EAST).outlines["00000"]

    assert re.fullmatch(r"(M\d+ \d+l-?\d+[ -]?[\d -]*z)+", outline.path)
    assert "." not in outline.path


def test_neighbours_share_one_border_and_leave_no_gap() -> None:
    drawing = draw_polygons(WEST, EAST)

    west, east = (restore(outline) for outline in drawing.outlines.values())

    both = shapely.union(west, east)
    assert west.area + east.area == both.area
    assert both.area == pytest.approx(drawing.width * drawing.height, rel=0.001)
    assert shapely.get_num_coordinates(west) < shapely.get_num_coordinates(WEST) / 3


def test_the_longer_side_is_the_same_for_every_state_and_longitudes_are_shortened() -> None:
    north = shapely.box(-100, 59.5, -98, 60.5)  # half as wide there as its degrees say

    drawing = draw_polygons(north)

    assert drawing.height == pytest.approx(LONGEST_SIDE, abs=1)
    assert drawing.width == pytest.approx(LONGEST_SIDE, rel=0.01)


def test_the_upper_left_corner_is_the_north_west() -> None:
    drawing = draw_polygons(shapely.box(-72, 42, -71, 43))

    assert drawing.locate((0, 0)) == [[-72.0, 43.0]]
    assert drawing.locate((drawing.width, drawing.height))[0] == pytest.approx([-71, 42], abs=0.001)


def test_a_feature_is_the_district_in_degrees_with_rings_that_close() -> None:
    shape = draw_polygons(WEST.difference(POND), EAST).shape("00000")

    found = shapely.geometry.shape(shape)
    assert shape["type"] == "MultiPolygon"
    assert all(ring[0] == ring[-1] for ring in shape["coordinates"][0])
    assert shapely.symmetric_difference(found, WEST.difference(POND)).area < 0.005
    assert shapely.is_ccw(shapely.LinearRing(shape["coordinates"][0][0]))


def test_holes_stay_and_specks_go() -> None:
    speck = shapely.box(1.5, 0.5, 1.5004, 0.5004)
    holed = WEST.difference(POND).difference(shapely.box(0.1, 0.1, 0.1004, 0.1004))

    drawing = draw_polygons(shapely.union(holed, speck), EAST)

    assert drawing.outlines["00000"].path.count("M") == 2  # the outer ring and the pond


def test_a_district_of_a_few_metres_is_still_there() -> None:
    tiny = shapely.box(2, 2, 2.00001, 2.00001)

    outline = draw_polygons(WEST, tiny).outlines["00001"]

    assert outline.path.startswith("M") and outline.path.endswith("z")


def test_the_middle_lies_inside_the_largest_part() -> None:
    ring = shapely.Point(0, 0).buffer(1).difference(shapely.Point(0, 0).buffer(0.8))
    drawing = draw_polygons(shapely.union(ring, shapely.box(3, 0, 3.1, 0.1)))

    [[longitude, latitude]] = drawing.locate(drawing.outlines["00000"].middle)

    assert shapely.contains_xy(ring, longitude, latitude)


def test_what_crosses_the_date_line_stays_in_one_piece(all_counties: list[NewDistrict]) -> None:
    drawing = draw(*pick_state(all_counties, "AK"))

    assert drawing.locate((0, 0))[0][0] < -180
    assert drawing.locate((drawing.width, 0))[0][0] == pytest.approx(-130, abs=1)


@pytest.mark.parametrize("state", ["MA", "TX", "AK", "HI", "DC", "PR"])
def test_a_real_state_weighs_some_tens_of_kilobytes(
    all_counties: list[NewDistrict], state: str
) -> None:
    geoids, polygons = pick_state(all_counties, state)

    drawing = draw(geoids, polygons)

    assert list(drawing.outlines) == geoids
    assert sum(len(outline.path) for outline in drawing.outlines.values()) < 60_000


def test_without_coverages_each_district_is_simplified_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object) -> None:
        raise UnsupportedGEOSVersionError("too old")

    monkeypatch.setattr("shapely.coverage_simplify", refuse)

    simple = simplify_together(np.array([WEST, EAST]), 0.05)

    assert shapely.get_num_coordinates(simple[0]) < shapely.get_num_coordinates(WEST)


def test_the_drawing_of_what_is_in_force_is_made_once(
    context: AppContext,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> None:
    put_in_force(make_county_set())

    drawing = get_drawing(db.session(), "county", "RI")

    assert len(drawing.outlines) == 5
    assert get_drawing(db.session(), "county", "RI") is drawing
    assert get_drawing(db.session(), "county", "MA") is not drawing


def test_a_new_set_in_force_has_a_drawing_of_its_own(
    context: AppContext,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> None:
    put_in_force(make_county_set())
    before = get_drawing(db.session(), "county", "RI")
    counties = make_county_set("RI").districts

    put_in_force(make_set(Layer.COUNTY, "ri", "two counties", counties[:2]))

    assert len(before.outlines) == 5
    assert len(get_drawing(db.session(), "county", "RI").outlines) == 2


def test_a_state_without_districts_has_an_empty_drawing(context: AppContext) -> None:
    assert get_drawing(db.session(), "county", "MA").outlines == {}
