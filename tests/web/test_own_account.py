"""One's own account: its sessions, a proof asked again, new places, and another password."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from petition.accounts.account_sessions import forget_sessions
from petition.accounts.role_grants import grant_role
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AccountPlace, AccountSession, Event, RoleName
from tests.accounts.world import (
    PASSWORD,
    list_actions,
    read_link,
    read_text,
    send_mails,
)
from tests.web.account_pages import read_codes, send
from tests.web.account_world import find_user_id, show_code
from tests.web.staff_world import (
    BASE,
    enter,
    find_token,
    get,
    make_staff,
    open_browser,
    post,
    sign_in,
)

ACCOUNT = "/staff/account"


def test_a_session_is_listed_and_ended_from_another(app: Flask) -> None:
    email = make_staff(app)
    here, there = open_browser(app), open_browser(app)
    sign_in(here, email)
    sign_in(there, email)
    page = get(here, ACCOUNT)
    others = re.findall(r'name="session" value="(\d+)"', page.text)

    ended = post(here, "/staff/account/sessions", find_token(page), session=others[0])

    assert len(others) == 1 and "This session" in page.text
    assert ended.headers["Location"] == ACCOUNT
    assert get(there, "/staff/deliveries").status_code == 302
    assert get(here, "/staff/deliveries").status_code == 200


def test_all_others_are_ended_at_once_and_nobody_elses(app: Flask) -> None:
    email, colleague = make_staff(app), make_staff(app, RoleName.ADMIN)
    browsers = [open_browser(app) for _ in range(3)]
    for browser in browsers:
        sign_in(browser, email)
    beside = open_browser(app)
    sign_in(beside, colleague)
    page = get(browsers[0], ACCOUNT)
    with app.app_context():
        theirs = db.session.scalars(
            select(AccountSession.id).where(AccountSession.user_id == find_user_id(colleague))
        ).one()

    post(browsers[0], "/staff/account/sessions", find_token(page), session=str(theirs))
    post(browsers[0], "/staff/account/sessions", find_token(page), session="others")

    states = [get(one, "/staff/deliveries").status_code for one in (*browsers, beside)]
    assert states == [200, 302, 302, 200]


@pytest.mark.parametrize("which", ["", "x", "-1", "9" * 30, "0" * 20 + "9" * 5000, "\u0661", "0"])
def test_a_session_that_there_is_not_changes_nothing(app: Flask, which: str) -> None:
    browser, token = enter(app)

    assert post(browser, "/staff/account/sessions", token, session=which).status_code == 303
    assert get(browser, "/staff/deliveries").status_code == 200


def test_a_session_ends_after_an_hour_without_use(app: Flask) -> None:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        browser, _ = enter(app)
        traveller.shift(timedelta(minutes=59))
        used = get(browser, "/staff/deliveries").status_code
        traveller.shift(timedelta(minutes=59))
        used_again = get(browser, "/staff/deliveries").status_code
        traveller.shift(timedelta(minutes=60))

        assert (used, used_again) == (200, 200)
        assert get(browser, "/staff/deliveries").status_code == 302
        with app.app_context():
            assert forget_sessions() == 1 and forget_sessions() == 0


def test_most_requests_write_nothing(app: Flask) -> None:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        browser, _ = enter(app)

        def read_seen() -> object:
            with app.app_context():
                return db.session.scalars(select(AccountSession.seen_at)).one()

        before = read_seen()
        traveller.shift(timedelta(seconds=59))
        get(browser, "/staff/deliveries")
        same = read_seen()
        traveller.shift(timedelta(seconds=1))
        get(browser, "/staff/deliveries")

        assert before == same != read_seen()


def test_a_role_that_needs_a_second_factor_ends_a_session_without_one(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)
    with app.app_context(), transaction() as session:
        user_id = find_user_id("reader@staff.example")
        grant_role(session, user_id, RoleName.ADMIN, actor="cli")

    turned_away = get(browser, "/staff/deliveries")
    answer = send(browser, "/staff/login", email="reader@staff.example", password=PASSWORD)

    assert turned_away.headers["Location"].startswith("/staff/login")
    assert answer.headers["Location"] == "/staff/second-factor"


def test_before_new_recovery_codes_the_password_is_asked_again(app: Flask) -> None:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        browser, token = enter(app)
        at_once = post(browser, "/staff/account/codes", token)
        traveller.shift(timedelta(minutes=16))

        later = post(browser, "/staff/account/codes", token)
        page = get(browser, "/staff/second-factor")
        wrong = send(browser, "/staff/prove", proof="guess")
        proved = send(
            browser, page.headers["Location"], proof=PASSWORD, next="/staff/second-factor"
        )

        assert len(read_codes(at_once)) == 10
        assert later.headers["Location"] == "/staff/prove?next=/staff/account&again=1"
        assert not read_codes(later)
        assert page.headers["Location"] == "/staff/prove?next=/staff/second-factor"
        assert wrong.status_code == 422
        assert proved.headers["Location"] == "/staff/second-factor"
        assert len(read_codes(post(browser, "/staff/account/codes", token))) == 10
    assert "staff.proof_failed" in [action for action, _ in list_actions(app)]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/partner/", "/"])
def test_a_proof_leads_to_no_page_of_another(app: Flask, target: str) -> None:
    browser, token = enter(app)

    answer = post(browser, "/staff/prove", token, proof=PASSWORD, next=target)

    assert answer.headers["Location"] in ("/staff/deliveries", ACCOUNT)


def test_a_code_of_the_app_proves_as_well(app: Flask) -> None:
    browser, token = enter(app)

    answer = post(browser, "/staff/prove", token, proof=show_code(app, "operator@staff.example"))

    assert answer.headers["Location"] == ACCOUNT


def test_a_sign_in_from_a_new_place_is_mailed_without_the_place(app: Flask) -> None:
    email = make_staff(app, RoleName.READER)

    def enter_from(network: str) -> None:
        browser = open_browser(app)
        options = {"base_url": BASE, "environ_overrides": {"REMOTE_ADDR": network}}
        token = find_token(browser.get("/staff/login", **options))
        data = {"csrf_token": token, "email": email, "password": PASSWORD}
        assert browser.post("/staff/login", data=data, **options).status_code == 302

    enter_from("203.0.113.9")
    enter_from("203.0.113.77")  # of the same /24
    first = send_mails(app)
    enter_from("198.51.100.4")
    enter_from("198.51.100.5")
    mails = send_mails(app)

    assert first == [] and len(mails) == 1
    assert mails[0]["To"] == email and "new place" in mails[0]["Subject"]
    assert "198.51" not in read_text(mails[0])
    with app.app_context():
        assert len(db.session.scalars(select(AccountPlace)).all()) == 2
        assert "198.51" not in str([one.detail for one in db.session.scalars(select(Event))])


def test_a_forgotten_password_is_reset_by_e_mail_and_the_app_is_still_asked(app: Flask) -> None:
    browser, _ = enter(app)
    email, new = "operator@staff.example", "four uncommon words here"
    stranger = open_browser(app)
    send(stranger, "/staff/reset", email=email)
    link = read_link(send_mails(app)[-1])

    changed = send(stranger, link, password=new, again=new)
    again = get(stranger, link)
    answer = send(stranger, "/staff/login", email=email, password=new)

    assert changed.headers["Location"] == "/staff/login"
    assert again.status_code == 404
    assert get(browser, "/staff/deliveries").status_code == 302  # its sessions are ended
    assert answer.headers["Location"] == "/staff/login/code"
    assert "password was changed" in send_mails(app)[-1]["Subject"]


def test_the_link_of_a_reset_expires_and_is_for_its_portal(app: Flask) -> None:
    email = make_staff(app)
    send(open_browser(app), "/staff/reset", email=email)
    link = read_link(send_mails(app)[-1])

    assert get(open_browser(app), link).status_code == 200
    assert get(open_browser(app), link.replace("/staff/", "/partner/")).status_code == 404
    with time_machine.travel(utcnow() + timedelta(hours=1, seconds=1)):
        assert get(open_browser(app), link).status_code == 404


def test_asking_for_a_reset_is_answered_alike_for_any_address(app: Flask) -> None:
    email, disabled = make_staff(app), make_staff(app, RoleName.READER)
    from petition.accounts.staff_accounts import set_active

    with app.app_context():
        set_active(disabled, False, actor="test")

    answers = [
        send(open_browser(app), "/staff/reset", email=address)
        for address in (email, disabled, "nobody@staff.example", "not an address", "")
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [message["To"] for message in send_mails(app)] == [email]


def test_a_password_is_changed_by_who_knows_the_present_one(app: Flask) -> None:
    browser, _ = enter(app)
    new = "four uncommon words here"

    path = "/staff/account/password"
    token = find_token(get(browser, ACCOUNT))
    wrong = post(browser, path, token, known="guess", password=new, again=new)
    changed = post(browser, path, token, known=PASSWORD, password=new, again=new)

    assert wrong.status_code == 422 and "Current password is wrong" in html.unescape(wrong.text)
    assert changed.headers["Location"] == "/staff/login"
    assert get(browser, "/staff/deliveries").status_code == 302
    assert sign_in(open_browser(app), "operator@staff.example", new).status_code == 302


def test_a_mailbox_is_not_filled_with_links(app: Flask) -> None:
    email = make_staff(app)

    for _ in range(4):
        send(open_browser(app), "/staff/reset", email=email)
        assert len(send_mails(app)) == 1

    with time_machine.travel(utcnow() + timedelta(minutes=6)):
        send(open_browser(app), "/staff/reset", email=email)
        assert len(send_mails(app)) == 2
