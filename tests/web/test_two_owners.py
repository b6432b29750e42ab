"""Two organizations own a campaign: on its pages, in its letter's preview, to programs."""

import html

import pytest
from flask import Flask

from petition.core.extensions import transaction
from petition.models import Campaign, CampaignState
from tests.ground import SLUG
from tests.web.api.world import call
from tests.web.public_world import make_world, open_page, sign

OWNERS = ["The Riders", "Open Streets"]
BOTH = "The Riders & Open Streets"


@pytest.fixture
def owned(app: Flask) -> Flask:
    world = make_world(app, owner_names=OWNERS, state="draft")
    with app.app_context(), transaction() as session:
        session.get_one(Campaign, world.campaign_id).state = CampaignState.OPEN
    return app


@pytest.mark.parametrize(
    "path", [f"/campaigns/{SLUG}", f"/campaigns/{SLUG}?lang=es", f"/embed/{SLUG}"]
)
def test_each_page_that_names_who_sends_it_names_both(owned: Flask, path: str) -> None:
    page = open_page(owned, path)

    assert page.status_code == 200
    assert BOTH in html.unescape(page.text)


def test_a_program_reads_both(owned: Flask) -> None:
    assert call(owned, f"/campaigns/{SLUG}").json["organization"] == BOTH
    (listed,) = call(owned, "/campaigns").json["items"]
    assert listed["organization"] == BOTH


def test_it_is_signed_as_any_other(owned: Flask) -> None:
    assert sign(owned).status_code in (200, 303)
