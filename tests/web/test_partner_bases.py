"""Bases on the pages: owners ask and remove, staff decide, and people are looked up from them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Access, RoleName, StaffDecision
from petition.partners.bases.base_changes import ask_base, decide_base
from petition.partners.bases.base_list import list_bases
from tests.accounts.world import make_group
from tests.factories import make_base
from tests.partners.lookups.near_world import add_campaign, add_group, add_person, find_cell
from tests.web.public_world import open_page
from tests.web.staff_world import enter, find_token, get, post
from tests.web.test_portals import enter_partner, make_member

PAGE, BASES = "/partner/riders/organization", "/partner/riders/bases"
STAFF_PAGE = "/staff/organizations"


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    make_member(app, RoleName.OWNER)
    return enter_partner(app)


def list_ids(app: Flask, group: int = 1) -> list[int]:
    with app.app_context():
        return [one.id for one in list_bases(group)]


def test_an_owner_asks_staff_approve_and_the_public_page_says_it(
    app: Flask, owner: FlaskClient
) -> None:
    token = find_token(get(owner, PAGE))
    assert post(owner, BASES, token, postal_code="02139").status_code == 303
    assert post(owner, BASES, token, postal_code="02139").status_code == 422
    assert "waits for approval" in get(owner, PAGE).text
    assert "Cambridge" not in open_page(app, "/groups/riders").text
    [number] = list_ids(app)
    admin, code = enter(app, RoleName.ADMIN)
    assert "Bases to decide" in get(admin, STAFF_PAGE).text

    done = post(admin, STAFF_PAGE, code, do="take-base", base=str(number))
    again = post(admin, STAFF_PAGE, code, do="leave-base", base=str(number), because="No.")

    assert (done.status_code, again.status_code) == (303, 404)
    assert "in use" in get(owner, PAGE).text
    assert "Based in Cambridge" in open_page(app, "/groups/riders").text
    assert post(owner, BASES, token, base=str(number)).status_code == 303
    assert list_ids(app) == [] and "Cambridge" not in open_page(app, "/groups/riders").text


def test_another_organizations_base_is_not_there(app: Flask, owner: FlaskClient) -> None:
    other = make_group(app, "walkers")
    with app.app_context(), transaction() as session:
        theirs = make_base(session, other, (42, -71)).id
    token = find_token(get(owner, PAGE))

    answers = [post(owner, BASES, token, base=one) for one in (str(theirs), "999", "x", "9" * 40)]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert list_ids(app, other) == [theirs]
    assert post(owner, "/partner/walkers/bases", token, postal_code="02139").status_code == 404


def test_who_is_no_owner_asks_for_none(app: Flask) -> None:
    make_member(app, RoleName.ORGANIZER)
    browser = enter_partner(app)
    token = find_token(get(browser, "/partner/account"))

    assert post(browser, BASES, token, postal_code="02139").status_code == 403


def test_people_are_looked_up_from_the_base_that_is_chosen_within_one_cap(
    app: Flask, owner: FlaskClient
) -> None:
    with app.app_context():
        campaign_id = add_campaign()
        group = add_group(campaign_id)
        add_person(campaign_id, group, cell=find_cell(1))
        ask_base(group, "94607", actor="partner:1")
        first, second = (one.id for one in list_bases(group))
        decide_base(second, StaffDecision.APPROVED, actor="staff:1", because="")
    people = "/partner/riders/people"

    assert "1 person within 40 km" in get(owner, f"{people}?base={first}").text
    far = get(owner, f"{people}?base={second}").text
    assert "No one near your base" in far and "From the base in" in far
    statuses = [
        get(owner, f"{people}?base={(first, second)[number % 2]}").status_code
        for number in range(64)
    ]
    assert statuses.count(200) <= 58 and statuses[-1] == 429
    with app.app_context():
        bases = {row["base"] for row in db.session.scalars(select(Access.filters))}
        assert bases == {first, second}


def test_another_organizations_base_is_looked_from_by_nobody(
    app: Flask, owner: FlaskClient
) -> None:
    with app.app_context():
        campaign_id = add_campaign()
        add_person(campaign_id, add_group(campaign_id))
        other = add_group(campaign_id, "walkers", at=(37.8, -122.2))
        [theirs] = [one.id for one in list_bases(other)]

    page = get(owner, f"/partner/riders/people?base={theirs}")

    assert "1 person within 40 km" in page.text
