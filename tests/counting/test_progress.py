"""Progress: true numbers, and none from which a count under ten could be told."""

from collections.abc import Callable

import pytest
from flask.ctx import AppContext

from petition.boundaries.boundary_sets import activate_set
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import transaction
from petition.counting.progress import list_nearest, read_progress, read_total
from petition.models import BoundarySet, Campaign, District
from petition.officials.recipients import list_recipients
from tests.factories import (
    make_campaign,
    make_district,
    make_post,
    make_tally,
    renew_counts,
)

Fill = Callable[..., District]


@pytest.fixture
def campaign(context: AppContext) -> Campaign:
    with transaction() as session:
        return make_campaign(session)


@pytest.fixture
def fill(campaign: Campaign) -> Fill:
    """Give a new district a count and the milestones below it."""

    def fill_district(live: int, reached: int = 0, **changes: object) -> District:
        with transaction() as session:
            district = make_district(session, **changes)
            make_tally(session, campaign, district, live, reached)
        renew_counts()
        return district

    return fill_district


@pytest.mark.parametrize(
    ("live", "reached", "people", "towards", "missing"),
    [
        (0, 0, None, 0, None),
        (9, 0, None, 0, None),
        (19, 0, 19, 19, 81),
        (99, 0, 99, 99, 1),
        (100, 1, 100, 0, 100),
        (163, 1, 163, 63, 37),
        (98, 1, 98, 0, 102),  # two left after the letter: the next one takes that many more
        (3, 1, None, 0, None),
    ],
)
def test_progress_counts_from_the_last_letter(
    campaign: Campaign,
    fill: Fill,
    live: int,
    reached: int,
    people: int | None,
    towards: int,
    missing: int | None,
) -> None:
    district = fill(live, reached)

    progress = read_progress(campaign, "county", district.geoid)

    assert (progress.people, progress.towards, progress.missing) == (people, towards, missing)
    assert progress.reached == reached


def test_a_district_in_which_nobody_signed_has_its_progress_too(campaign: Campaign) -> None:
    with transaction() as session:
        district = make_district(session)

    assert read_progress(campaign, "county", district.geoid).people is None


def test_an_unknown_district_is_not_found(campaign: Campaign) -> None:
    with pytest.raises(NotFound):
        read_progress(campaign, "county", "none")


def test_a_states_own_boundaries_come_before_the_countrys(campaign: Campaign, fill: Fill) -> None:
    fill(20, geoid="25017", division_id="ocd-division/country:us/state:ma/county:one")
    with transaction() as session:
        own = BoundarySet(
            layer="county",
            scope="ma",
            source="test",
            digest="1" * 64,
            state="active",
            created_at=utcnow(),
        )
        session.add(own)
        session.flush()
        make_district(session, boundary_set_id=own.id, geoid="25017", name="Own County")
        own.state = "loaded"
        activate_set(session, own, utcnow().date(), actor="test")

    assert read_progress(campaign, "county", "25017").name == "Own County"


def test_the_nearest_come_first_and_small_counts_not_at_all(campaign: Campaign, fill: Fill) -> None:
    for name, live, reached in (("A", 50, 0), ("B", 199, 1), ("C", 9, 0), ("D", 99, 0)):
        fill(live, reached, name=name)

    found = list_nearest(campaign, 3)

    assert [progress.name for progress in found] == ["B", "D", "A"]


@pytest.mark.parametrize(
    ("counts", "people", "is_exact"),
    [
        ([9], None, False),
        ([5, 5], None, False),
        ([50, 20], 70, True),  # all districts there are show their number
        ([50, 0], 50, False),
        ([50, 9], 50, False),  # 59 less 50 would tell the nine
        ([50, 6, 6], 50, False),
    ],
)
def test_a_total_never_tells_what_is_not_shown_by_subtraction(
    campaign: Campaign, fill: Fill, counts: list[int], people: int | None, is_exact: bool
) -> None:
    for live in counts:
        fill(live)

    total = read_total(campaign)

    assert (total.people, total.is_exact) == (people, is_exact)


def test_recipients_are_the_active_posts_of_the_division(campaign: Campaign, fill: Fill) -> None:
    district = fill(20)
    with transaction() as session:
        make_post(session, district, title="Board")
        make_post(session, district, title="Executive", is_body=False)
        make_post(session, district, title="Abolished", active=False)

    found = list_recipients(district.division_id, "county", {})

    assert [(recipient.title, recipient.is_body) for recipient in found] == [
        ("Board", True),
        ("Executive", False),
    ]
