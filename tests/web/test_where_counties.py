"""Asking for the county: ZIP codes in several, of boxes, of the armed forces; boxes as streets."""

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.web.public.sign import next_question
from tests.redistricting.world import count_live_rows, read_tallies
from tests.web.county_world import (
    BOXES,
    MANASSAS_PARK,
    MILITARY,
    PRINCE_WILLIAM,
    SEVERAL,
    lay_counties,
)
from tests.web.public_world import CAMPAIGN, open_page, read_words
from tests.web.street_world import Town
from tests.web.test_where_pages import give, link_to, read_homes, sign

ONE = "20112"  # in Prince William County alone


@pytest.fixture
def counties(app: Flask) -> Town:
    """A campaign by county, in Virginia, that can look no street up."""
    return lay_counties(app)


def test_the_question_names_both_counties_and_the_answer_counts(counties: Town) -> None:
    path = sign(counties, postal_code=SEVERAL)
    words = read_words(open_page(counties.app, path))
    counties.work()
    before = counties.read()
    thanks = give(counties, path, home=MANASSAS_PARK)
    counties.work()

    assert "Part of 20111 is in Manassas Park, part in Prince William County." in words
    assert "Where do you live?" in words
    assert (before.state, before.review_reason) == ("review", "several-counties")
    assert counties.list_places(before.id) == [("county", "Manassas Park", "signer")]
    assert "Manassas Park" in read_words(open_page(counties.app, thanks))


def test_until_then_nobody_is_counted_and_no_count_is_promised(counties: Town) -> None:
    page = open_page(counties.app, sign(counties, postal_code=SEVERAL))
    leave = page.text.partition('<p class="act"><a href="')[2].partition('"')[0]
    counties.work()

    words = read_words(open_page(counties.app, leave.replace("&amp;", "&")))

    assert "You tell us where you live." in words and "We find your county" not in words
    with counties.app.app_context():
        assert (read_tallies(), count_live_rows()) == ({}, 0)


def test_the_private_page_asks_which_county(counties: Town) -> None:
    signature_id = counties.put(postal_code=SEVERAL, region="VA")
    link = link_to(counties, signature_id)
    words = read_words(open_page(counties.app, link))
    give(counties, link, do="home", home=PRINCE_WILLIAM)
    counties.work()

    assert "In which county do you live?" in words
    found = counties.list_places(signature_id)
    assert found == [("county", "Prince William County", "signer")]


def test_a_street_that_nobody_can_look_up_leaves_the_question(counties: Town) -> None:
    path = sign(counties, postal_code=SEVERAL, street_address="1 Main Street")

    assert "Where do you live?" in read_words(open_page(counties.app, path))


def test_who_lives_in_one_county_is_asked_nothing_and_costs_no_look_up(
    counties: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(counties, 1, postal_code=ONE)
    looked: list[object] = []
    monkeypatch.setattr(next_question, "find_near", lambda *asked: looked.append(asked))
    monkeypatch.setattr(db.session, "scalars", lambda *asked: looked.append(asked))

    assert sign(counties, 2, postal_code=ONE).startswith(f"{CAMPAIGN}/thanks?near=")
    assert looked == []


@pytest.mark.parametrize(
    ("typed", "said", "reason"),
    [
        ({"postal_code": MILITARY}, "is a military ZIP code", "military-address"),
        ({"postal_code": "96799"}, "does not cover ZIP code 96799", "no-district"),
        (
            {"postal_code": ONE, "street_address": "P.O. Box 342"},
            "A P.O. box is only for mail.",
            "needs-address",
        ),
    ],
    ids=["armed forces", "no district", "box as a street"],
)
def test_who_gives_no_home_waits_until_they_give_it(
    counties: Town, typed: dict[str, str], said: str, reason: str
) -> None:
    path = sign(counties, **typed)
    words = read_words(open_page(counties.app, path))
    counties.work()
    waiting = counties.read()
    thanks = give(counties, path, street_address="", postal_code=ONE)
    counties.work()

    assert said in words and "You are counted" not in words
    assert (waiting.state, waiting.review_reason) == ("review", reason)
    assert thanks.startswith(f"{CAMPAIGN}/thanks?near=")
    found = counties.list_places(waiting.id)
    assert [(layer, name) for layer, name, _ in found] == [("county", "Prince William County")]


def test_a_zip_of_boxes_asks_for_the_county_or_for_the_home(counties: Town) -> None:
    path = sign(counties, 1, postal_code=BOXES)
    words = read_words(open_page(counties.app, path))
    give(counties, path, home=PRINCE_WILLIAM)
    give(counties, sign(counties, 2, postal_code=BOXES), street_address="", postal_code=ONE)
    counties.work()

    assert f"{BOXES} is for post office boxes" in words
    assert "In which county do you live?" in words
    with counties.app.app_context():
        assert count_live_rows() == 2
    assert read_homes(counties.app) == [PRINCE_WILLIAM, ""]


def test_the_form_asks_for_the_county_and_takes_only_one_of_those(counties: Town) -> None:
    refused = counties.sign(1, postal_code=SEVERAL, home_county="51059")
    sign(counties, 1, postal_code=SEVERAL, home_county="51685")
    counties.work()

    assert refused.status_code == 422
    found = counties.list_places(counties.read().id)
    assert found == [("county", "Manassas Park", "signer")]
