"""8: a reach of districts takes whole cells, by their centers, and its borders split none."""

import h3
import pytest
import shapely
from flask.ctx import AppContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.core.extensions import transaction
from petition.models import Layer, Person
from petition.partners.bases.reach_areas import find_reach_area
from tests.factories import make_person
from tests.partners.bases.areas import add_district, set_reach
from tests.partners.lookups.near_world import (
    HOME,
    add_campaign,
    add_group,
    add_person,
    find_cell,
    find_consents,
    look,
)

NORTH, EAST = h3.cell_to_latlng(HOME)
WIDE = 0.4


def make_half(side: int, cut: float = 0.0) -> shapely.Polygon:
    """Return a box west (-1) or east (1) of a line ``cut`` degrees east of the cell's center."""
    line = EAST + cut
    return shapely.box(
        min(line, line + side * WIDE), NORTH - WIDE, max(line, line + side * WIDE), NORTH + WIDE
    )


@pytest.fixture
def campaign_id(context: AppContext) -> int:
    return add_campaign()


def test_people_of_cells_in_the_districts_are_listed_nearest_first_however_far(
    campaign_id: int,
) -> None:
    group = add_group(campaign_id)
    far = str(h3.latlng_to_cell(NORTH + 3, EAST, 7))
    near = find_cell(2)
    signed = [add_person(campaign_id, group, cell=cell) for cell in (far, near)]
    add_person(campaign_id, group, cell=str(h3.latlng_to_cell(NORTH - 3, EAST, 7)))
    upper = shapely.box(EAST - 2, NORTH - 0.5, EAST + 2, NORTH + 4)
    set_reach(group, [add_district("upper", upper)])

    page = look(group)

    wanted = [consent for one in reversed(signed) for consent in find_consents(one)]
    assert [one.consent_id for one in page.people] == wanted


@pytest.mark.parametrize("cut", [-0.008, -0.002, 0.002, 0.008])
def test_a_border_through_a_cell_splits_it_for_nobody(campaign_id: int, cut: float) -> None:
    """All of a cell are in one of two neighboring districts, whichever their own is."""
    groups = [add_group(campaign_id, slug) for slug in ("westerners", "easterners")]
    for number in range(12):
        add_person(campaign_id, *groups, cell=HOME, person=_person(number))
    west = add_district("west", make_half(-1, cut))
    east = add_district("east", make_half(1, cut))
    set_reach(groups[0], [west])
    set_reach(groups[1], [east])

    totals = [look(group).total for group in groups]

    assert sorted(totals) == [0, 12]
    assert totals.index(12) == (0 if cut > 0 else 1)
    set_reach(groups[0], [west, east])
    assert look(groups[0]).total == 12


def test_a_state_without_a_shape_is_made_of_its_counties(campaign_id: int) -> None:
    group = add_group(campaign_id)
    add_person(campaign_id, group)
    state = add_district(
        "ma",
        shapely.MultiPolygon(),
        layer=Layer.STATE,
        division_id="ocd-division/country:us/state:ma",
    )
    set_reach(group, [state])
    assert look(group).total == 0 and find_reach_area([state]).unknown == (state,)

    add_district("around", make_half(-1, 0.2))

    assert look(group).total == 1 and find_reach_area([state]).unknown == ()


def test_what_is_not_in_force_reaches_nobody_and_is_said(campaign_id: int) -> None:
    group = add_group(campaign_id)
    add_person(campaign_id, group)
    old = add_district("old", make_half(-1, 0.2), in_force=False)
    set_reach(group, [old])

    assert look(group).total == 0
    assert find_reach_area([old]).unknown == (old,)


def test_a_page_after_someone_out_of_reach_begins_anew(campaign_id: int) -> None:
    group = add_group(campaign_id)
    inside = add_person(campaign_id, group)
    outside = add_person(campaign_id, group, cell=str(h3.latlng_to_cell(NORTH + 1, EAST, 7)))
    set_reach(group, [add_district("around", make_half(-1, 0.2))])

    page = look(group, after=find_consents(outside)[0])

    assert page.restarted and [one.consent_id for one in page.people] == find_consents(inside)


def test_the_database_holds_one_kind_of_reach(campaign_id: int) -> None:
    group = add_group(campaign_id)
    with pytest.raises(DBAPIError, match="kilometers or districts"):
        set_reach(group, ["ocd-division/country:us/state:ma"], reach_km=5)
    with pytest.raises(DBAPIError, match="kilometers or districts"), transaction() as session:
        session.execute(
            text(
                "INSERT INTO organizations (slug, name, reach_km, reach_divisions)"
                " VALUES ('x', 'X', 5, '[\"ocd-division/country:us/state:ma\"]')"
            )
        )


def _person(number: int) -> Person:
    return make_person(given_name=f"Person{number}", email=f"p{number}@people.example")
