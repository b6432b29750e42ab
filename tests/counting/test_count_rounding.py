"""Rounding: a campaign with several layers tells tens, and no two of them tell more."""

from collections.abc import Callable
from itertools import combinations

import pytest
from flask.ctx import AppContext

from petition.core.extensions import transaction
from petition.counting.map_classes import find_shade, list_shades, list_state_totals
from petition.counting.progress import (
    Progress,
    Total,
    list_nearest,
    list_progress,
    read_progress,
    read_progress_of,
    read_total,
)
from petition.models import Campaign, District
from tests.factories import make_campaign, make_district, make_tally, renew_counts

LAYERS = ["sldu", "sldl"]
Lay = Callable[..., Campaign]


def put(campaign: Campaign, layer: str, live: int, reached: int = 0, **changes: str) -> District:
    """Give a new district of a layer a count."""
    with transaction() as session:
        district = make_district(session, layer=layer, **changes)
        make_tally(session, campaign, district, live, reached)
    renew_counts()
    return district


@pytest.fixture
def lay(context: AppContext) -> Lay:
    """Make a campaign of two layers; ``changes`` are its own."""

    def lay_campaign(**changes: object) -> Campaign:
        with transaction() as session:
            return make_campaign(session, **({"layers": LAYERS} | changes))

    return lay_campaign


def list_told(campaign: Campaign) -> list[int]:
    """Return every number of people that is told of the campaign."""
    found = [p for layer in LAYERS for p in list_progress(campaign, layer, "MA")]
    one_by_one = [read_progress_of(campaign, p.district_id) for p in found]
    progress = [*found, *one_by_one, *list_nearest(campaign, 100)]
    told = [read_total(campaign).people, *(total.people for total in list_state_totals(campaign))]
    for p in progress:
        told += [p.people, p.towards, p.missing]
    return [number for number in told if number is not None]


# Two senate districts, each with its two house districts.
@pytest.mark.parametrize(
    "towns",
    [
        [(25, 5), (61, 40)],
        [(91, 8), (12, 11)],
        [(10, 9), (19, 1)],
        [(99, 0), (99, 99)],
        [(73, 7), (14, 14)],
        [(38, 4), (4, 3)],
    ],
)
@pytest.mark.parametrize("step", [25, 100])
def test_no_two_numbers_differ_by_a_small_count(
    lay: Lay, towns: list[tuple[int, int]], step: int
) -> None:
    campaign = lay(step=step)
    for houses in towns:
        put(campaign, "sldu", sum(houses), sum(houses) // step)
        for live in houses:
            put(campaign, "sldl", live, live // step)

    told = list_told(campaign)

    assert told
    for one, other in combinations(told, 2):
        assert not 1 <= abs(one - other) <= 9, (one, other)


@pytest.mark.parametrize("hidden", range(1, 10))
def test_what_is_told_is_the_same_for_every_small_count(lay: Lay, hidden: int) -> None:
    campaign = lay()
    whole = put(campaign, "sldu", 30 + hidden, name="30th")
    put(campaign, "sldl", 30, name="25th")
    put(campaign, "sldl", hidden, name="26th")

    assert read_progress(campaign, "sldu", whole.geoid).people == 30
    assert read_total(campaign).people == 30
    assert [total.people for total in list_state_totals(campaign)] == [30, 30]
    assert [p.people for p in list_progress(campaign, "sldl", "MA")] == [30, None]
    assert [(p.name, p.towards) for p in list_nearest(campaign, 5)] == [("25th", 30), ("30th", 30)]


@pytest.mark.parametrize(
    ("step", "live", "reached", "people", "towards"),
    [
        (100, 9, 0, None, 0),
        (100, 19, 0, 10, 10),
        (100, 99, 0, 90, 90),
        (100, 109, 1, 100, 0),
        (100, 110, 1, 110, 10),
        (100, 98, 1, 90, 0),  # two left after the letter
        (100, 3, 1, None, 0),
        (25, 24, 0, 20, 20),
        (25, 27, 1, 20, 0),  # what is told is below the last letter
        (25, 39, 1, 30, 0),  # five would be no ten
        (25, 49, 1, 40, 10),
        (15, 44, 2, 40, 10),
    ],
)
def test_progress_is_told_in_tens_and_never_below_nothing(
    lay: Lay, step: int, live: int, reached: int, people: int | None, towards: int
) -> None:
    campaign = lay(step=step)
    district = put(campaign, "sldu", live, reached)

    progress = read_progress(campaign, "sldu", district.geoid)

    assert (progress.people, progress.towards, progress.missing) == (people, towards, None)
    assert progress.is_rounded is (people is not None)
    assert progress.towards <= max(0, live - reached * step)
    assert progress.next_at == (reached + 1) * step > live


def test_the_nearest_stand_by_what_is_shown_and_then_by_name(lay: Lay) -> None:
    campaign = lay()
    for name, live, reached in (
        ("Cedar", 99, 0),
        ("Alder", 91, 0),
        ("Birch", 195, 1),
        ("Dogwood", 89, 0),
        ("Elm", 109, 1),
        ("Fir", 92, 1),
        ("Gorse", 9, 0),
    ):
        put(campaign, "sldl", live, reached, name=name)

    found = list_nearest(campaign, 10)

    assert [p.name for p in found] == ["Alder", "Birch", "Cedar", "Dogwood"]
    assert [p.towards for p in found] == [90, 90, 90, 80]


def test_a_step_that_is_no_ten_puts_no_nothing_among_the_nearest(lay: Lay) -> None:
    campaign = lay(step=25)
    put(campaign, "sldl", 39, 1, name="Shows none")
    put(campaign, "sldl", 49, 1, name="Shows ten")

    assert [(p.name, p.towards) for p in list_nearest(campaign, 5)] == [("Shows ten", 10)]


@pytest.mark.parametrize(
    ("counts", "people"), [([9], None), ([5, 5], None), ([59], 50), ([50, 9], 50)]
)
def test_a_total_is_rounded_after_its_own_rule(
    lay: Lay, counts: list[int], people: int | None
) -> None:
    campaign = lay()
    for live in counts:
        put(campaign, "sldu", live)

    total = read_total(campaign)

    assert (total.people, total.is_exact) == (people, False)
    assert total.is_rounded is (people is not None)


@pytest.mark.parametrize("step", [10, 12, 25, 50, 100, 1000])
def test_the_legend_is_true_of_the_exact_count_too(step: int) -> None:
    shades = list_shades(step, rounded=True)

    for people in range(10, 6 * step):
        shade = shades[find_shade(people // 10 * 10, step, rounded=True)]
        assert shade.least <= people and (shade.most is None or people <= shade.most)


def test_one_layer_is_told_to_the_one(lay: Lay) -> None:
    campaign = lay(layers=["sldl"])
    district = put(campaign, "sldl", 27)

    progress: Progress = read_progress(campaign, "sldl", district.geoid)
    total: Total = read_total(campaign)

    assert (progress.people, progress.towards, progress.missing) == (27, 27, 73)
    assert (total.people, total.is_exact) == (27, True)
    assert not progress.is_rounded and not total.is_rounded
    assert [total.people for total in list_state_totals(campaign)] == [27]
