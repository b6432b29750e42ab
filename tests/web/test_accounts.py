"""The path of an account: invitation, password, second factor, sign-in, lost phone, sessions."""

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.accounts.account_sessions import forget_sessions
from petition.accounts.role_grants import grant_role
from petition.accounts.second_factors import begin_factor
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AccountPlace, AccountSession, Event, RoleName
from tests.accounts.world import (
    PASSWORD,
    invite_to,
    list_actions,
    make_group,
    read_link,
    read_text,
    send_mails,
)
from tests.web.account_world import find_user_id, make_code, set_up_factor, show_code
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

EMAIL = "bea@staff.example"
ACCOUNT = "/staff/account"


def send(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Open a page and send its form."""
    return post(browser, path, find_token(get(browser, path)), **fields)


def accept(app: Flask, browser: FlaskClient, link: str) -> TestResponse:
    """Accept an invitation with a new password."""
    return send(browser, link, password=PASSWORD, again=PASSWORD)


def read_key(page: TestResponse) -> str:
    """Return the key that the page for setting an app up shows."""
    found = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)
    assert found
    return found[1]


def read_codes(page: TestResponse) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"<li><code>([a-z2-7 ]+)</code>", page.text)


def set_up(browser: FlaskClient, path: str = "/staff/second-factor") -> list[str]:
    """Set an app up by the page; return the recovery codes."""
    page = get(browser, path)
    answer = post(browser, path, find_token(page), code=make_code(read_key(page)))
    assert answer.status_code == 200, answer.text
    return read_codes(answer)


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


@pytest.mark.parametrize("which", ["", "x", "-1", "9" * 30, "\u0661", "0"])
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
        assert later.headers["Location"] == "/staff/prove" and not read_codes(later)
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

    assert wrong.status_code == 422 and "Present password is wrong" in html.unescape(wrong.text)
    assert changed.headers["Location"] == "/staff/login"
    assert get(browser, "/staff/deliveries").status_code == 302
    assert sign_in(open_browser(app), "operator@staff.example", new).status_code == 302


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


def test_a_mailbox_is_not_filled_with_links(app: Flask) -> None:
    email = make_staff(app)

    for _ in range(4):
        send(open_browser(app), "/staff/reset", email=email)
        assert len(send_mails(app)) == 1

    with time_machine.travel(utcnow() + timedelta(minutes=6)):
        send(open_browser(app), "/staff/reset", email=email)
        assert len(send_mails(app)) == 2


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
