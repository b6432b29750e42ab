"""The page of people near an organization: whose it is, what it says, and how often it opens."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from petition.accounts.role_grants import take_role
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, Consent, RoleName
from petition.web.ratelimit import look_up_limits
from tests.factories import make_person
from tests.partners.lookups.near_world import add_campaign, add_group, add_person
from tests.web.account_world import find_user_id
from tests.web.staff_world import get, open_browser, strip_token
from tests.web.test_portals import EMAIL, enter_partner, make_member

PEOPLE = "/partner/riders/people"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """The browser of an organizer of ``riders``, whose base is set and whom one person allowed."""
    make_member(app, RoleName.ORGANIZER)
    with app.app_context():
        campaign_id = add_campaign(title="Keep the library open", comments="all")
        group = add_group(campaign_id)
        person = make_person(
            given_name="Ada", family_name="Lovelace", comment="<b>We read here</b>"
        )
        add_person(campaign_id, group, person=person, publish_comment=True, comment_state="allowed")
        assert group == 1
    return enter_partner(app)


def count_accesses(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Access.id)).all())


def test_it_names_people_their_words_and_the_map(app: Flask, browser: FlaskClient) -> None:
    page = get(browser, PEOPLE)

    assert page.status_code == 200
    assert "Ada L., Cambridge" in page.text and "Lovelace" not in page.text
    assert "&lt;b&gt;We read here&lt;/b&gt;" in page.text
    assert "Keep the library open" in page.text and "1 person within 40 km" in page.text
    assert page.text.count("<polygon") == 1
    assert page.headers["Cache-Control"] == "private, no-store"
    with app.app_context():
        access = db.session.scalars(select(Access)).one()
        assert access.actor == f"partner:{find_user_id(EMAIL)}"


def test_it_tells_no_place_of_anybody(browser: FlaskClient) -> None:
    page = get(browser, PEOPLE).text

    assert "42.3" not in page and "71.1" not in page and "872a" not in page


def test_another_organization_is_as_one_that_does_not_exist(
    app: Flask, browser: FlaskClient
) -> None:
    with app.app_context():
        add_group(1, "walkers")

    other, unknown = (get(browser, f"/partner/{slug}/people") for slug in ("walkers", "nobody"))

    assert other.status_code == unknown.status_code == 404
    assert strip_token(other) == strip_token(unknown)
    assert count_accesses(app) == 0


def test_a_viewer_and_a_stranger_see_nobody(app: Flask) -> None:
    make_member(app, RoleName.VIEWER)

    assert get(enter_partner(app), PEOPLE).status_code == 403
    answer = get(open_browser(app), PEOPLE)
    assert answer.status_code == 302 and "/partner/login" in answer.headers["Location"]


def test_a_member_whose_role_was_taken_sees_nobody_at_the_next_request(
    app: Flask, browser: FlaskClient
) -> None:
    assert get(browser, PEOPLE).status_code == 200
    with app.app_context(), transaction() as session:
        user_id = find_user_id(EMAIL)
        take_role(session, user_id, RoleName.ORGANIZER, actor="cli", organization_id=1)

    assert get(browser, PEOPLE).status_code == 302


def test_who_withdraws_is_gone_with_the_commit(app: Flask, browser: FlaskClient) -> None:
    assert "Ada L." in get(browser, PEOPLE).text
    with app.app_context(), transaction() as session:
        session.execute(update(Consent).values(withdrawn_at=utcnow()))

    page = get(browser, PEOPLE).text

    assert "Ada" not in page and "<polygon" not in page
    assert "has allowed you to contact them yet" in page


def test_look_ups_are_limited_and_the_page_says_how_long_to_wait(
    app: Flask, browser: FlaskClient
) -> None:
    answers = [get(browser, PEOPLE) for _ in range(70)]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert 10 <= len(refused) <= 20
    assert "Too many look-ups" in refused[0].text and "Ada" not in refused[0].text
    assert 0 < int(refused[0].headers["Retry-After"]) <= 3600
    assert count_accesses(app) == len(answers) - len(refused)


def test_an_organization_is_limited_however_many_accounts_it_has(app: Flask) -> None:
    with app.app_context():
        waits = [
            look_up_limits.count_look_up(1, f"partner:{number // 10}") for number in range(250)
        ]
        other = look_up_limits.count_look_up(2, "partner:900")

    assert 0 < waits.count(0) <= 180 and waits[-1] > 0
    assert other == 0


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "since=2026-13-40", "since=%00", "since=" + "9" * 500],
)
def test_a_day_that_is_none_is_refused_by_name(
    app: Flask, browser: FlaskClient, query: str
) -> None:
    page = get(browser, f"{PEOPLE}?{query}")

    assert page.status_code == 200 and "Give the day as" in page.text
    assert "Ada" not in page.text and count_accesses(app) == 0


@pytest.mark.parametrize(
    "query",
    [
        *("campaign=x", "campaign=99", "campaign=-1", "comment=2"),
        *("after=%00", "after=" + "9" * 40, "after=AmFiY2R4" + "eHh4" * 12, "after=1"),
    ],
)
def test_odd_input_is_no_failure(browser: FlaskClient, query: str) -> None:
    assert get(browser, f"{PEOPLE}?{query}").status_code == 200


def test_without_a_base_it_says_what_to_do(app: Flask) -> None:
    make_member(app, RoleName.ORGANIZER)

    page = get(enter_partner(app), PEOPLE)

    assert page.status_code == 200 and "has no base yet" in page.text
    assert count_accesses(app) == 0


def test_a_filter_stays_in_the_form_and_in_the_next_page(app: Flask, browser: FlaskClient) -> None:
    with app.app_context():
        for _ in range(51):
            add_person(1, 1)

    page = get(browser, f"{PEOPLE}?campaign=1&since=2020-01-02").text
    found = re.search(r'href="([^"]*after=[^"]*)"', page)

    assert 'value="2020-01-02"' in page and found
    assert "campaign=1" in found[1] and "since=2020-01-02" in found[1]
    assert get(browser, found[1].replace("&amp;", "&")).text.count("<li class") == 2
