import numpy as np
import pytest
import shapely

from petition.boundaries.boundary_sets import NewDistrict
from petition.boundaries.polygons import Area, Boundaries, LayerBoundaries, name_key
from petition.models import Layer

# Two counties of MA side by side, the higher GEOID on the left and first in the list, and one of RI
# below them: all three meet in (1, 1).
AREAS = [
    Area(300, "25003", "West County", "MA"),
    Area(100, "25001", "East County", "MA"),
    Area(200, "44001", "South County", "RI"),
]
POLYGONS = np.array([shapely.box(0, 1, 1, 2), shapely.box(1, 1, 2, 2), shapely.box(0, 0, 2, 1)])
LAYER = LayerBoundaries(AREAS, POLYGONS)


def match(*points: tuple[float, float], states: list[str] | None = None) -> list[int]:
    longitudes, latitudes = np.array(points, float).T
    found: list[int] = LAYER.match(longitudes, latitudes, states).tolist()
    return found


def test_a_point_lies_in_the_district_whose_polygon_holds_it() -> None:
    assert match((0.5, 1.5), (1.5, 1.5), (1.0, 0.5)) == [300, 100, 200]


def test_a_point_outside_every_polygon_lies_nowhere() -> None:
    assert match((5.0, 5.0), (-0.1, 1.5)) == [-1, -1]


def test_a_point_on_a_border_belongs_to_the_lowest_geoid_that_covers_it() -> None:
    assert match((1.0, 1.5), (0.5, 1.0), (1.0, 1.0)) == [100, 300, 100]


def test_on_the_border_of_two_states_the_given_state_decides() -> None:
    assert match((0.5, 1.0), (0.5, 1.0), states=["RI", "MA"]) == [200, 300]


def test_a_point_in_the_polygon_of_another_state_lies_nowhere_in_its_own() -> None:
    assert match((0.5, 1.5), (0.5, 1.5), states=["RI", "ZZ"]) == [-1, -1]


def test_no_points_give_no_districts() -> None:
    assert LAYER.match(np.empty(0), np.empty(0)).tolist() == []
    assert LAYER.match(np.empty(0), np.empty(0), []).tolist() == []


def test_a_district_is_found_by_name_only_in_its_state() -> None:
    assert LAYER.find_named("MA", "EAST COUNTY") == 100
    assert LAYER.find_named("RI", "East County") is None


def test_accents_and_spaces_do_not_part_names_and_words_do() -> None:
    assert name_key("Doña Ana County") == name_key("Dona ana county")
    assert name_key("La Salle Parish") == name_key("LaSalle Parish")
    assert name_key("Baltimore County") != name_key("Baltimore City")


def test_every_real_border_point_belongs_to_the_lowest_of_its_counties(
    all_counties: list[NewDistrict], nation: Boundaries
) -> None:
    near = [county for county in all_counties if county.state in ("MA", "NH")]
    polygons = shapely.from_wkb([county.wkb for county in near])
    middlesex = polygons[[county.geoid for county in near].index("25017")]
    longitudes, latitudes = shapely.get_coordinates(middlesex.boundary).T

    found = nation.match(Layer.COUNTY, longitudes, latitudes)

    covers = shapely.intersects_xy(polygons[:, None], longitudes, latitudes)
    ids = np.array([int(county.geoid) for county in near])
    assert covers.sum(axis=0).max() >= 2
    assert found.tolist() == np.where(covers, ids[:, None], 99_999).min(axis=0).tolist()


def test_many_points_give_what_each_one_gives_alone(nation: Boundaries) -> None:
    generator = np.random.default_rng(7)
    longitudes = generator.uniform(-125, -67, 20_000)
    latitudes = generator.uniform(24, 50, 20_000)

    together = nation.match(Layer.COUNTY, longitudes, latitudes)

    for index in range(0, 20_000, 397):
        alone = nation.match(Layer.COUNTY, [longitudes[index]], [latitudes[index]])
        assert alone[0] == together[index]


def test_a_layer_without_a_set_is_an_error_of_the_caller(nation: Boundaries) -> None:
    with pytest.raises(KeyError):
        nation.match(Layer.SLDU, [0.0], [0.0])
