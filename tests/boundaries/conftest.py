"""Real county polygons: read once a session, stored for a few states where a test needs them."""

from collections.abc import Callable

import pytest
import shapely
from flask.ctx import AppContext

from petition.boundaries.boundary_sets import NewDistrict, NewSet, activate_set, make_set, store_set
from petition.boundaries.polygons import Area, Boundaries, LayerBoundaries
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.demo.county_polygons import find_wheel_file, read_counties
from petition.models import Layer

# Small ones, with a border between some, an ocean beside others, and a territory.
FEW_STATES = ("MA", "RI", "NH", "VT", "DC", "HI", "PR")


@pytest.fixture(scope="session")
def all_counties() -> list[NewDistrict]:
    """Every county of the wheel."""
    districts, _ = read_counties(find_wheel_file())
    return districts


@pytest.fixture(scope="session")
def nation(all_counties: list[NewDistrict]) -> Boundaries:
    """Boundaries of all counties in which a district's id is its GEOID as a number."""
    areas = [Area(int(d.geoid), d.geoid, d.name, d.state) for d in all_counties]
    polygons = shapely.from_wkb([district.wkb for district in all_counties])
    return Boundaries({Layer.COUNTY: LayerBoundaries(areas, polygons)}, [1])


@pytest.fixture
def make_county_set(all_counties: list[NewDistrict]) -> Callable[..., NewSet]:
    """Make a set of the counties of some states, not stored."""

    def make(*states: str, scope: str = "us", layer: Layer = Layer.COUNTY) -> NewSet:
        chosen = [d for d in all_counties if d.state in (states or FEW_STATES)]
        return make_set(layer, scope, f"counties of {', '.join(states)}", chosen)

    return make


@pytest.fixture
def put_in_force() -> Callable[[NewSet], int]:
    """Store a set and put it in force; gives its id."""

    def put(new: NewSet) -> int:
        with transaction() as session:
            stored, _ = store_set(session, new, actor="test")
            activate_set(session, stored, utcnow().date(), actor="test")
            return stored.id

    return put


@pytest.fixture
def counties(
    context: AppContext,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> int:
    """The counties of a few states in force in the database; gives the set's id."""
    return put_in_force(make_county_set())
