"""FAULT 8: what is told near a place finds nobody, however often and cleverly it is asked."""

from datetime import timedelta
from typing import Any

import h3
import pytest
from flask.ctx import AppContext
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, Signature, SignatureState
from petition.models.counts.tally import find_area
from petition.participants.cells import count_areas_if_due
from petition.participants.near import NAMED, find_neighbors
from petition.participants.recent import abbreviate, list_recent
from tests.factories import invent_network, make_campaign, make_person, make_signature

HERE = (42.3648, -71.1040)
THERE = (42.10, -72.59)


def add(
    session: Session,
    campaign: Campaign,
    people: int,
    at: tuple[float, float] = HERE,
    **changes: Any,
) -> list[Signature]:
    cell = h3.latlng_to_cell(*at, 7)
    return [
        make_signature(
            session,
            session.merge(campaign),
            state=SignatureState.COUNTED,
            due_at=None,
            cell=cell,
            networks=invent_network(),
            **changes,
        )
        for _ in range(people)
    ]


@pytest.fixture
def campaign(context: AppContext) -> Campaign:
    with transaction() as session:
        return make_campaign(session)


@pytest.mark.parametrize(("people", "told"), [(9, None), (22, 20), (29, 20), (30, 30), (63, 60)])
def test_a_count_is_rounded_and_under_ten_not_told(
    campaign: Campaign, people: int, told: int | None
) -> None:
    with transaction() as session:
        add(session, campaign, people)
    count_areas_if_due()

    assert find_neighbors(campaign.id, *HERE, NAMED).people == told


def test_nobody_is_named_where_fewer_than_ten_signed(campaign: Campaign) -> None:
    with transaction() as session:
        add(session, campaign, 9, show_name=True)
    count_areas_if_due()

    assert find_neighbors(campaign.id, *HERE, NAMED).participants == []


@pytest.mark.parametrize(("limit", "named"), [(0, 0), (3, 3), (100, NAMED)])
def test_no_more_are_named_than_the_campaign_names_at_all(
    campaign: Campaign, limit: int, named: int
) -> None:
    with transaction() as session:
        for one in add(session, campaign, 30, show_name=True):
            one.confirmed_at = utcnow() - timedelta(hours=1)
    count_areas_if_due()

    found = find_neighbors(campaign.id, *HERE, limit)

    assert (found.people, len(found.participants)) == (30, named)


def test_only_those_are_named_who_chose_to_be(campaign: Campaign) -> None:
    shown = make_person(given_name="Ada", family_name="Lindqvist", locality="Cambridge")
    with transaction() as session:
        add(session, campaign, 22)
        [chosen] = add(session, campaign, 1, show_name=True, person=shown)
        chosen.confirmed_at = utcnow() - timedelta(hours=1)
    count_areas_if_due()

    found = find_neighbors(campaign.id, *HERE, NAMED)

    assert [(one.name, one.locality) for one in found.participants] == [("Ada L.", "Cambridge")]


def test_one_more_signing_is_not_seen_before_the_next_full_count(
    campaign: Campaign, make_later: Any
) -> None:
    with transaction() as session:
        add(session, campaign, 29, show_name=True)
    count_areas_if_due()
    before = find_neighbors(campaign.id, *HERE, NAMED)

    with transaction() as session:
        add(session, campaign, 1, show_name=True, person=make_person(given_name="Newly"))
    count_areas_if_due()
    after = find_neighbors(campaign.id, *HERE, NAMED)
    make_later(timedelta(minutes=61))
    count_areas_if_due()

    assert after == before
    assert find_neighbors(campaign.id, *HERE, NAMED).people == 30


def test_five_hundred_questions_around_somebody_tell_one_area_and_no_more(
    campaign: Campaign,
) -> None:
    with transaction() as session:
        add(session, campaign, 22, at=THERE)
        add(session, campaign, 22, show_name=True)
    count_areas_if_due()
    steps = [
        (HERE[0] + a * 0.01, HERE[1] + b * 0.02) for a in range(-12, 13) for b in range(-10, 10)
    ]

    answers: dict[str, set[tuple[int | None, int]]] = {}
    for point in steps:
        found = find_neighbors(campaign.id, *point, NAMED)
        area = find_area(h3.latlng_to_cell(*point, 7))
        answers.setdefault(area, set()).add((found.people, len(found.participants)))

    assert len(steps) == 500
    # One and the same answer wherever one stands in an area, and only one area knows of anybody.
    assert all(len(told) == 1 for told in answers.values())
    assert sum(told != {(None, 0)} for told in answers.values()) == 1
    assert h3.average_hexagon_edge_length(4, unit="km") > 20


def test_who_left_is_gone_from_the_names(campaign: Campaign) -> None:
    with transaction() as session:
        people = add(session, campaign, 22, show_name=True)
        for one in people:
            one.confirmed_at = utcnow() - timedelta(hours=1)
    count_areas_if_due()
    with transaction() as session:
        for one in people:
            gone = session.get_one(Signature, one.id)
            gone.state, gone.ended_at = SignatureState.WITHDRAWN, utcnow()

    assert find_neighbors(campaign.id, *HERE, NAMED).participants == []


def test_the_recent_ones_are_those_who_chose_to_be_shown_the_latest_first(
    campaign: Campaign, make_later: Any
) -> None:
    with transaction() as session:
        add(session, campaign, 3)
        for name in ("First", "Second", "Third"):
            person = make_person(given_name=name, family_name="Alder", locality="Lynn")
            add(session, campaign, 1, show_name=True, person=person)
        add(session, campaign, 1, show_name=True, confirmed_at=None)

    found = list_recent(campaign.id, 2)

    assert [(one.name, one.locality) for one in found] == [
        ("Third A.", "Lynn"),
        ("Second A.", "Lynn"),
    ]
    assert list_recent(campaign.id, 0) == []


def test_a_name_of_one_word_has_no_initial() -> None:
    assert abbreviate(make_person(given_name="Sukarno", family_name=" ")).name == "Sukarno"
