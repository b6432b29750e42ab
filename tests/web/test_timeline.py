"""A campaign's timeline: opened, its letters, its closing day, and the campaign that follows."""

from datetime import timedelta

from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import CampaignState
from tests.factories import make_campaign
from tests.web.public_world import CAMPAIGN, list_links, make_world, open_page, read_words

HEADING = "What has happened so far"


def test_without_letters_it_says_so_and_when_it_opened(app: Flask) -> None:
    make_world(app, opens_at=utcnow() - timedelta(days=9))

    words = read_words(open_page(app, CAMPAIGN))

    told = words.partition(HEADING)[2]
    assert told.startswith(" No letter has been sent yet. The first is sent when 100 people")
    assert "Opened for signing" in told


def test_a_letter_stands_between_the_closing_day_and_the_opening(app: Flask) -> None:
    world = make_world(
        app, step=10, opens_at=utcnow() - timedelta(days=9), closes_at=utcnow() + timedelta(days=30)
    )
    code = world.send(world.count(10)[0])

    page = open_page(app, CAMPAIGN)

    told = read_words(page).partition(HEADING)[2]
    marks = ["Closes for signing", "Letter 1 from Middlesex County, MA", code, "Opened for signing"]
    places = [told.find(mark) for mark in marks]
    assert -1 not in places and places == sorted(places)
    assert f"/letters/{code}" in list_links(page)
    assert "No letter" not in told


def test_a_closed_campaign_ends_with_the_one_that_follows(app: Flask) -> None:
    world = make_world(app, state=CampaignState.CLOSED, closes_at=utcnow() - timedelta(days=1))
    with app.app_context(), transaction() as session:
        following = make_campaign(session, slug="next", title="The next one")
        session.get_one(type(following), world.campaign_id).successor = "next"

    told = read_words(open_page(app, CAMPAIGN)).partition(HEADING)[2]

    assert "No letter was sent." in told
    assert told.find("The next letter: The next one") < told.find("Closed for signing")


def test_a_campaign_that_is_not_open_yet_has_none(app: Flask) -> None:
    make_world(app, opens_at=utcnow() + timedelta(days=3))

    assert HEADING not in read_words(open_page(app, CAMPAIGN))
