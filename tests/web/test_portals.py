"""Two portals: each with its own sign-in and cookie, and no way from one into the other."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.accounts.role_grants import grant_role
from petition.core.extensions import db, transaction
from petition.models import RoleGrant, RoleName
from tests.accounts.world import PASSWORD, invite_to, list_actions, make_group
from tests.web.account_world import find_user_id, set_up_factor, show_code
from tests.web.staff_world import BASE, enter, find_token, get, make_staff, open_browser, post

EMAIL = "bea@partner.example"
COOKIE = "__Secure-hundredth"


def make_member(app: Flask, role: RoleName = RoleName.VIEWER) -> str:
    """Make a member of an organization, with a second factor if the role needs one."""
    link = invite_to(app, EMAIL, role, make_group(app))
    browser = open_browser(app)
    token = find_token(get(browser, link))
    post(browser, link, token, password=PASSWORD, again=PASSWORD)
    if role is not RoleName.VIEWER:
        set_up_factor(app, EMAIL)
    return EMAIL


def add_second_owner(app: Flask) -> None:
    """Let somebody else own the organization too: one owner at least stays."""
    with app.app_context():
        group = db.session.scalars(select(RoleGrant.organization_id)).first()
    link = invite_to(app, "cleo@partner.example", RoleName.OWNER, group)
    browser = open_browser(app)
    post(browser, link, find_token(get(browser, link)), password=PASSWORD, again=PASSWORD)


def enter_partner(app: Flask, email: str = EMAIL) -> FlaskClient:
    """Sign in to the partner portal."""
    browser = open_browser(app)
    token = find_token(get(browser, "/partner/login"))
    post(browser, "/partner/login", token, email=email, password=PASSWORD)
    if get(browser, "/partner/login/code").status_code == 200:
        token = find_token(get(browser, "/partner/login/code"))
        post(browser, "/partner/login/code", token, code=show_code(app, email))
    return browser


def copy_cookie(browser: FlaskClient, path: str) -> dict[str, str]:
    """Return a session's cookie as a header, to be sent wherever one likes."""
    found = browser.get_cookie(COOKIE, domain="petition.example", path=path)
    assert found is not None
    return {"Cookie": f"{COOKIE}={found.value}"}


def test_a_partner_signs_in_to_a_home_that_names_the_groups(app: Flask) -> None:
    make_member(app, RoleName.OWNER)
    browser = enter_partner(app)

    home = get(browser, "/partner/")

    assert home.status_code == 200 and "Riders" in home.text and "owner" in home.text
    assert get(browser, "/partner/account").status_code == 200
    for name, value in {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}.items():
        assert home.headers[name] == value


def test_a_cookie_has_the_path_of_its_portal(app: Flask) -> None:
    for portal in ("staff", "partner"):
        cookie = get(open_browser(app), f"/{portal}/login").headers["Set-Cookie"]

        assert f"; Path=/{portal}" in cookie and "; HttpOnly" in cookie and "; Secure" in cookie


@pytest.mark.parametrize("path", ["/partnership", "/partners", "/staffing", "/groups/x", "/"])
def test_a_path_beside_the_portals_has_no_cookie(app: Flask, path: str) -> None:
    answer = get(open_browser(app), path, headers={"Cookie": f"{COOKIE}=x"})

    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")


def test_an_account_of_one_portal_does_not_enter_the_other(app: Flask) -> None:
    member, staff = make_member(app), make_staff(app)

    for portal, email in (("staff", member), ("partner", staff)):
        answers = []
        for address in (email, "nobody@staff.example"):
            browser = open_browser(app)
            token = find_token(get(browser, f"/{portal}/login"))
            answers.append(
                post(browser, f"/{portal}/login", token, email=address, password=PASSWORD)
            )
        plain = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
        assert {answer.status_code for answer in answers} == {200} and len(plain) == 1
        assert list_actions(app)[-1] == (f"{portal}.sign_in_failed", "visitor")


def test_a_cookie_of_one_portal_is_worthless_in_the_other(app: Flask) -> None:
    make_member(app)
    partner, staff = enter_partner(app), enter(app)[0]

    for browser, own, other in (
        (partner, "partner", "/staff/deliveries"),
        (staff, "staff", "/partner/"),
    ):
        thief = app.test_client(use_cookies=False)
        cookie = copy_cookie(browser, f"/{own}")
        assert get(thief, other, headers=cookie).status_code == 302
        assert get(thief, f"/{own}/account", headers=cookie).status_code == 200


def test_an_account_with_roles_in_both_enters_each_by_its_own_sign_in(app: Flask) -> None:
    make_member(app)
    with app.app_context(), transaction() as session:
        grant_role(session, find_user_id(EMAIL), RoleName.READER, actor="cli")
    browser = enter_partner(app)

    assert get(browser, "/partner/").status_code == 200
    assert get(browser, "/staff/deliveries").status_code == 302
    token = find_token(get(browser, "/staff/login"))
    post(browser, "/staff/login", token, email=EMAIL, password=PASSWORD)
    assert get(browser, "/staff/deliveries").status_code == 200


def test_a_role_that_was_taken_ends_the_session_at_the_next_request(app: Flask) -> None:
    from petition.accounts.role_grants import take_role

    make_member(app)
    browser = enter_partner(app)
    with app.app_context(), transaction() as session:
        user_id = find_user_id(EMAIL)
        take_role(session, user_id, RoleName.VIEWER, actor="cli", organization_id=1)

    assert get(browser, "/partner/").status_code == 302


@pytest.mark.parametrize("portal", ["staff", "partner"])
def test_a_form_needs_its_token_and_comes_from_no_other_site(app: Flask, portal: str) -> None:
    paths = ["login", "login/code", "login/recovery", "second-factor", "reset", "prove"]
    paths += ["account/password", "account/sessions", "account/codes", "invitation/x", "reset/x"]
    browser = open_browser(app)
    token = find_token(get(browser, f"/{portal}/login"))
    evil = {"Origin": "https://evil.example"}

    for path in paths:
        address = f"/{portal}/{path}"
        elsewhere = browser.post(address, data={"csrf_token": token}, base_url=BASE, headers=evil)
        assert post(browser, address, None).status_code == 400, path
        assert elsewhere.status_code == 403, path


def test_a_planted_session_is_worth_nothing_after_the_sign_in(app: Flask) -> None:
    make_member(app)
    browser = open_browser(app)
    planted = find_token(get(browser, "/partner/login"))
    before = copy_cookie(browser, "/partner")

    post(browser, "/partner/login", planted, email=EMAIL, password=PASSWORD)

    thief = app.test_client(use_cookies=False)
    assert get(browser, "/partner/").status_code == 200
    assert get(thief, "/partner/", headers=before).status_code == 302
    assert post(browser, "/partner/logout", planted).status_code == 400


def test_signing_out_of_one_portal_leaves_the_other(app: Flask) -> None:
    make_member(app)
    with app.app_context(), transaction() as session:
        grant_role(session, find_user_id(EMAIL), RoleName.READER, actor="cli")
    browser = enter_partner(app)
    token = find_token(get(browser, "/staff/login"))
    post(browser, "/staff/login", token, email=EMAIL, password=PASSWORD)

    post(browser, "/partner/logout", find_token(get(browser, "/partner/")))

    assert get(browser, "/partner/").status_code == 302
    assert get(browser, "/staff/deliveries").status_code == 200
