"""The limits of the brake on their page: tried by anyone who reads, set by who may decide."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.counting.limits.campaign_limits import read_limits
from petition.models import Campaign, Milestone, RoleName
from tests.web.held_world import LOOKS, make_held
from tests.web.staff_world import enter, get, post

PAGE = "/staff/milestones/limits"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


def read_slug(app: Flask, milestone_id: int) -> str:
    with app.app_context():
        campaign_id = db.session.get_one(Milestone, milestone_id).campaign_id
        return db.session.get_one(Campaign, campaign_id).slug


def read_own(app: Flask) -> dict[str, float | None]:
    with app.app_context():
        return read_limits(db.session(), 1).own


def test_a_reader_tries_limits_and_cannot_set_them(app: Flask) -> None:
    slug = read_slug(app, make_held(app, robots=3))
    browser, token = enter(app, RoleName.READER)

    page = get(browser, f"{PAGE}?campaign={slug}&network_share=20").text

    assert "Of 1 hundred checked in the last 30 days, 0 were held." in page
    assert "one network" in page and "Set these limits" not in page
    form = {"campaign": slug, "network_share": "20", "why": "x"}
    assert post(browser, PAGE, token, **form).status_code == 403
    assert read_own(app) == {}


def test_a_reviewer_sets_them_and_a_second_one_is_told(app: Flask) -> None:
    slug = read_slug(app, make_held(app, robots=3))
    browser, token = enter(app, RoleName.REVIEWER)
    page = get(browser, f"{PAGE}?campaign={slug}&network_share=20&alike_share=off").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen and "Set these limits" in page
    form = {"campaign": slug, "seen": seen[1], "network_share": "20", "alike_share": "off"}

    without = post(browser, PAGE, token, **form, why="")
    done = post(browser, PAGE, token, **form, why="Fairs")
    late = post(browser, PAGE, token, **form | {"network_share": "30"}, why="Booths")

    assert without.status_code == 422 and 'id="wrong-why"' in without.text
    assert done.status_code == 303 and read_own(app) == {"network_share": 20, "alike_share": None}
    assert late.status_code == 409 and 'value="Booths"' in late.text and 'value="30"' in late.text


@pytest.mark.parametrize("wrong", ["0", "101", "-1", "1e3", "nan", "٣", "x" * 50])
def test_a_wrong_number_is_refused_beside_its_field(app: Flask, wrong: str) -> None:
    slug = read_slug(app, make_held(app))
    browser, token = enter(app, RoleName.REVIEWER)

    tried = get(browser, f"{PAGE}?campaign={slug}&network_share={wrong}")
    form = {"campaign": slug, "network_share": wrong, "why": "Fairs", "seen": "x"}
    sent = post(browser, PAGE, token, **form)

    for answer in (tried, sent):
        assert answer.status_code == 422 and 'id="wrong-network_share"' in answer.text
    assert read_own(app) == {}


def test_an_unknown_campaign_and_none_at_all(app: Flask) -> None:
    browser, token = enter(app, RoleName.REVIEWER)

    assert "No campaigns yet." in get(browser, f"{PAGE}?campaign=no").text
    assert post(browser, PAGE, token, campaign="no", why="x").status_code == 404
