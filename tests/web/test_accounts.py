"""The path of an account: invitation, password, second factor, sign-in, and a lost phone."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.accounts.second_factors import begin_factor
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import AccountSession, RoleName
from tests.accounts.world import (
    PASSWORD,
    invite_to,
    list_actions,
    make_group,
    read_link,
    send_mails,
)
from tests.web.account_pages import accept, send, set_up
from tests.web.account_world import find_user_id, set_up_factor, show_code
from tests.web.staff_world import (
    BASE,
    find_token,
    get,
    make_staff,
    open_browser,
    post,
    sign_in,
)

EMAIL = "bea@staff.example"
ACCOUNT = "/staff/account"


def test_from_an_invitation_to_the_first_sign_in(app: Flask) -> None:
    link = invite_to(app, EMAIL, RoleName.ADMIN)
    browser = open_browser(app)

    shown = get(browser, link)
    accepted = accept(app, browser, link)
    early = get(browser, "/staff/deliveries")
    picture = get(browser, "/staff/second-factor/qr.svg")
    codes = set_up(browser)

    assert EMAIL in shown.text and "admin" in shown.text
    assert accepted.headers["Location"] == "/staff/second-factor"
    assert early.headers["Location"].startswith("/staff/login")
    assert picture.content_type == "image/svg+xml" and picture.text.startswith("<svg")
    assert "style" not in picture.text and picture.headers["Cache-Control"] == "private, no-store"
    assert len(set(codes)) == 10
    assert get(browser, "/staff/deliveries").status_code == 200
    assert sign_in(open_browser(app), EMAIL).headers["Location"] == "/staff/deliveries"


def test_a_role_without_peoples_data_needs_no_second_factor(app: Flask) -> None:
    browser = open_browser(app)

    answer = accept(app, browser, invite_to(app, EMAIL, RoleName.READER))

    assert answer.headers["Location"] == "/staff/deliveries"
    assert get(browser, "/staff/deliveries").status_code == 200


def test_a_spent_link_says_so_and_shows_nothing(app: Flask) -> None:
    link = invite_to(app, EMAIL, RoleName.READER)
    accept(app, open_browser(app), link)

    again = get(open_browser(app), link)

    assert again.status_code == 404 and "does not work" in again.text
    assert EMAIL not in again.text
    assert list_actions(app)[-1] == ("staff.link_refused", "visitor")


def test_passwords_that_differ_or_are_weak_are_told(app: Flask) -> None:
    link = invite_to(app, EMAIL, RoleName.READER)
    browser = open_browser(app)

    differ = send(browser, link, password=PASSWORD, again="another")
    weak = send(browser, link, password="short", again="short")

    assert differ.status_code == weak.status_code == 422
    assert "not the same both times" in differ.text and "at least 12" in weak.text
    assert "short" not in re.sub(r"<[^>]*>", "", weak.text)


def test_without_the_code_the_password_opens_nothing(app: Flask) -> None:
    email = make_staff(app)
    browser = open_browser(app)

    send(browser, "/staff/login", email=email, password=PASSWORD)

    for path in ("/staff/deliveries", ACCOUNT, "/staff/prove"):
        assert get(browser, path).headers["Location"].startswith("/staff/login?next="), path
    # Nor may another app be set up beside the one that is asked for.
    assert get(browser, "/staff/second-factor").headers["Location"].startswith("/staff/login")
    assert get(browser, "/staff/second-factor/qr.svg").status_code == 302


def test_a_wrong_code_is_refused_and_an_event(app: Flask) -> None:
    email = make_staff(app)
    browser = open_browser(app)
    send(browser, "/staff/login", email=email, password=PASSWORD)

    answer = send(browser, "/staff/login/code", code="123")

    assert answer.status_code == 422 and "wrong" in answer.text
    assert list_actions(app)[-1] == ("staff.code_failed", "visitor")
    assert get(browser, "/staff/deliveries").status_code == 302


def test_the_step_after_the_password_expires(app: Flask) -> None:
    email = make_staff(app)
    browser = open_browser(app)
    send(browser, "/staff/login", email=email, password=PASSWORD)
    token = find_token(get(browser, "/staff/login/code"))

    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        late = post(browser, "/staff/login/code", token, code=show_code(app, email))

    assert late.headers["Location"] == "/staff/login"


def test_a_password_changed_meanwhile_ends_the_step_after_it(app: Flask) -> None:
    email = make_staff(app)
    slow = open_browser(app)
    send(slow, "/staff/login", email=email, password=PASSWORD)
    token = find_token(get(slow, "/staff/login/code"))
    send(open_browser(app), "/staff/reset", email=email)
    new = "four uncommon words here"
    send(open_browser(app), read_link(send_mails(app)[-1]), password=new, again=new)

    answer = post(slow, "/staff/login/code", token, code=show_code(app, email))

    assert answer.headers["Location"] == "/staff/login"


def test_whoever_lost_the_phone_uses_a_recovery_code_and_sets_up_a_new_one(app: Flask) -> None:
    email = make_staff(app, RoleName.ADMIN)
    codes = set_up_factor(app, email)
    browser = open_browser(app)
    send(browser, "/staff/login", email=email, password=PASSWORD)

    answer = send(browser, "/staff/login/recovery", code=codes[3])
    fresh = set_up(browser)

    assert answer.headers["Location"] == "/staff/deliveries"
    assert "9 of your recovery codes" not in get(browser, ACCOUNT).text
    assert len(fresh) == 10 and not {*fresh} & {*codes}
    other = open_browser(app)
    send(other, "/staff/login", email=email, password=PASSWORD)
    assert send(other, "/staff/login/recovery", code=codes[4]).status_code == 422


def test_a_colleague_is_not_locked_out_by_codes_tried_from_elsewhere(app: Flask) -> None:
    email = make_staff(app)

    def try_from(network: str, code: str) -> int:
        browser = open_browser(app)
        options = {"base_url": BASE, "environ_overrides": {"REMOTE_ADDR": network}}
        for path, fields in (
            ("/staff/login", {"email": email, "password": PASSWORD}),
            ("/staff/login/code", {"code": code}),
        ):
            token = find_token(browser.get(path, **options))
            answer = browser.post(path, data={"csrf_token": token} | fields, **options)
        return answer.status_code

    tried = [try_from(f"198.51.100.{number}", "000") for number in range(40)]
    held = [try_from("198.51.100.250", "000") for _ in range(3)]

    assert set(tried) == {422} and held[-1] == 429
    assert try_from("203.0.113.9", show_code(app, email)) == 302


def test_a_member_of_two_organizations_sees_both(app: Flask) -> None:
    link = invite_to(app, EMAIL, RoleName.VIEWER, make_group(app))
    browser = open_browser(app)
    accept(app, browser, link)
    second = invite_to(app, EMAIL, RoleName.VIEWER, make_group(app, "walkers"))

    shown = get(open_browser(app), second)
    send(open_browser(app), second)
    home = get(browser, "/partner/")

    assert "You have an account already" in shown.text
    assert "Riders" in home.text and "Walkers" in home.text


@pytest.mark.both_databases
def test_an_app_that_is_set_up_in_two_windows_at_once_has_one_key(app: Flask) -> None:
    browser = open_browser(app)
    accept(app, browser, invite_to(app, EMAIL, RoleName.ADMIN))
    with app.app_context():
        user_id = find_user_id(EMAIL)
    start = threading.Barrier(4)

    def begin(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                return begin_factor(user_id, EMAIL).key
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(begin, range(4))}) == 1


@pytest.mark.both_databases
def test_a_recovery_code_sent_by_eight_browsers_at_once_signs_one_in(app: Flask) -> None:
    email = make_staff(app)
    codes = set_up_factor(app, email)
    waiting = []
    for number in range(8):
        browser = open_browser(app)
        browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        send(browser, "/staff/login", email=email, password=PASSWORD)
        waiting.append((browser, find_token(get(browser, "/staff/login/recovery"))))
    start = threading.Barrier(8)

    def try_once(one: tuple[FlaskClient, str]) -> int:
        start.wait()
        return post(one[0], "/staff/login/recovery", one[1], code=codes[0]).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(try_once, waiting))

    assert answers == [302] + [422] * 7
    with app.app_context():
        assert len(db.session.scalars(select(AccountSession)).all()) == 1
