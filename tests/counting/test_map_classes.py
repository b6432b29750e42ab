"""Shading: what is not shown is one class, and no total tells a count that is not shown."""

import pytest
from flask.ctx import AppContext

from petition.core.extensions import transaction
from petition.counting.map_classes import (
    Shade,
    find_shade,
    list_shades,
    list_state_totals,
    list_states,
)
from petition.counting.progress import list_progress
from petition.models import Campaign, District
from tests.factories import make_campaign, make_district, make_tally, renew_counts


@pytest.fixture
def campaign(context: AppContext) -> Campaign:
    with transaction() as session:
        return make_campaign(session)


def fill(campaign: Campaign, live: int, **changes: object) -> District:
    """Give a new district a count."""
    with transaction() as session:
        district = make_district(session, **changes)
        make_tally(session, campaign, district, live)
    renew_counts()
    return district


def test_the_classes_turn_at_ten_half_a_step_a_step_and_five() -> None:
    assert list_shades(100) == [
        Shade(0, 0, 9),
        Shade(1, 10, 49),
        Shade(2, 50, 99),
        Shade(3, 100, 499),
        Shade(4, 500, None),
    ]


@pytest.mark.parametrize("step", [10, 12, 20, 25, 100, 1000])
def test_every_count_from_ten_on_is_in_the_class_that_the_legend_names(step: int) -> None:
    shades = list_shades(step)

    assert shades[0] == Shade(0, 0, 9) and shades[-1].most is None
    assert [shade.number for shade in shades] == list(range(len(shades)))
    for people in range(10, 6 * step):
        shade = shades[find_shade(people, step)]
        assert shade.number > 0
        assert shade.least <= people and (shade.most is None or people <= shade.most)


def test_a_count_that_is_not_shown_is_in_the_lowest_class() -> None:
    assert find_shade(None, 100) == 0


def test_districts_that_show_their_count_come_first_and_the_rest_by_name(
    campaign: Campaign,
) -> None:
    for name, live in (("10th", 3), ("2nd", 9), ("1st", 22), ("3rd", 40), ("Elsewhere", 0)):
        fill(campaign, live, name=name)
    fill(campaign, 50, name="Over the border", state="RI")

    found = list_progress(campaign, "county", "MA")

    assert [progress.name for progress in found] == ["3rd", "1st", "2nd", "10th", "Elsewhere"]
    assert [progress.people for progress in found] == [40, 22, None, None, None]


@pytest.mark.parametrize("hidden", [0, 1, 9])
def test_a_states_total_is_that_of_the_counts_it_shows(campaign: Campaign, hidden: int) -> None:
    fill(campaign, 40)
    fill(campaign, 22)
    fill(campaign, hidden)
    fill(campaign, hidden)
    fill(campaign, hidden, state="RI")

    [total] = list_state_totals(campaign)

    assert (total.state, total.layer) == ("MA", "county")
    assert (total.people, total.districts) == (62, 2)


def test_districts_out_of_force_are_in_no_total(campaign: Campaign) -> None:
    fill(campaign, 40, in_force=False)

    assert list_state_totals(campaign) == []
    assert list_states("county") == []


def test_states_are_those_that_have_districts(campaign: Campaign) -> None:
    fill(campaign, 0, state="RI")
    fill(campaign, 0)

    assert list_states("county") == ["MA", "RI"]
    assert list_states("cd") == []
