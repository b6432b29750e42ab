"""The portal's page of tokens: made once, shown once, ended at once; for owners alone."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import ApiToken, RoleGrant, RoleName
from tests.accounts.world import make_group
from tests.web.account_world import find_user_id
from tests.web.api.world import call
from tests.web.staff_world import find_token, get, post
from tests.web.test_portals import EMAIL, add_second_owner, enter_partner, make_member

PAGE = "/partner/riders/api"
SECRET = re.compile(r"hdt_[A-Za-z0-9_-]{43}")
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[\w.-]+|(?<=content=")[\w.-]+')
NEW = {"name": "Our CRM", "scopes": "campaigns:read", "days": "30"}


def grant_to(user_id: int, organization_id: int) -> None:
    """Make somebody an owner of one more organization."""
    with transaction() as session:
        row = {"user_id": user_id, "role": RoleName.OWNER, "organization_id": organization_id}
        session.add(RoleGrant(granted_at=utcnow(), granted_by="test", **row))


def test_an_owner_makes_a_token_that_is_shown_once_and_works(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)

    made = post(browser, PAGE, find_token(get(browser, PAGE)), **NEW)
    again = get(browser, PAGE)

    (secret,) = SECRET.findall(made.text)
    assert made.headers["Cache-Control"] == "private, no-store"
    assert "Our CRM" in again.text and SECRET.search(again.text) is None
    assert call(app, "/organization", secret).json["scopes"] == ["campaigns:read"]
    with app.app_context():
        row = db.session.scalars(select(ApiToken)).one()
        assert row.created_by == f"partner:{find_user_id(EMAIL)}"


def test_it_is_replaced_and_revoked(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)
    token = find_token(get(browser, PAGE))
    (old,) = SECRET.findall(post(browser, PAGE, token, **NEW).text)

    (new,) = SECRET.findall(post(browser, f"{PAGE}/1", token, do="rotate").text)
    twice = post(browser, f"{PAGE}/1", token, do="rotate")
    gone = post(browser, f"{PAGE}/2", token, do="revoke")

    assert (twice.status_code, gone.status_code) == (422, 303)
    assert "replaced already" in twice.text
    assert call(app, "/organization", old).status_code == 200
    assert call(app, "/organization", new).status_code == 401


def test_wrong_answers_are_told_by_their_fields(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)

    answer = post(browser, PAGE, find_token(get(browser, PAGE)), name="", days="9999")

    assert answer.status_code == 422 and SECRET.search(answer.text) is None
    for words in ("Give it a name", "Choose what it may do", "Choose between 1 and 730 days"):
        assert words in answer.text


@pytest.mark.parametrize("role", [RoleName.ORGANIZER, RoleName.VIEWER])
def test_whoever_may_not_manage_tokens_is_refused(app: Flask, role: RoleName) -> None:
    make_member(app, role)
    browser = enter_partner(app)
    token = find_token(get(browser, "/partner/account"))

    assert get(browser, PAGE).status_code == 403
    assert post(browser, PAGE, token, **NEW).status_code == 403


def test_another_organization_answers_as_one_that_does_not_exist(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    make_group(app, "walkers")
    browser = enter_partner(app)

    other, none = (get(browser, f"/partner/{slug}/api") for slug in ("walkers", "nobody"))

    assert other.status_code == none.status_code == 404
    # The form that signs out has a token of the moment.
    assert len(other.text) == len(none.text)
    assert TOKEN.sub("", other.text) == TOKEN.sub("", none.text)


def test_another_organization_s_token_is_not_there(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    other = make_group(app, "walkers")
    browser = enter_partner(app)
    token = find_token(get(browser, PAGE))
    post(browser, PAGE, token, **NEW)
    with app.app_context():
        grant_to(find_user_id(EMAIL), other)

    assert post(browser, "/partner/walkers/api/1", token, do="revoke").status_code == 404
    assert post(browser, f"{PAGE}/{'9' * 30}", token, do="revoke").status_code == 404


def test_a_member_who_was_revoked_reads_and_makes_nothing(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)
    token = find_token(get(browser, PAGE))
    add_second_owner(app)
    with app.app_context():
        mine = find_user_id(EMAIL)
        with transaction() as session:
            session.execute(delete(RoleGrant).where(RoleGrant.user_id == mine))

    assert get(browser, PAGE).status_code in (302, 404)
    # The session has ended with the roles, and its form token with it.
    assert post(browser, PAGE, token, **NEW).status_code == 400
    with app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []


def test_a_token_needs_a_recent_proof(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)
    token = find_token(get(browser, PAGE))

    with time_machine.travel(utcnow() + timedelta(minutes=20), tick=False):
        answer = post(browser, PAGE, token, **NEW)

    assert answer.status_code == 302 and "/partner/prove" in answer.headers["Location"]
    with app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []
