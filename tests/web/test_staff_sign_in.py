"""Signing in and out of the staff pages, and what is tried against it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.accounts import staff_accounts
from petition.core.extensions import db
from petition.models import Event, RoleName, User
from tests.web.staff_world import (
    BASE,
    PASSWORD,
    enter,
    find_token,
    get,
    make_staff,
    open_browser,
    post,
    sign_in,
)


def test_a_visitor_is_led_to_sign_in_and_back(app: Flask) -> None:
    email = make_staff(app, RoleName.READER)
    browser = open_browser(app)

    turned_away = get(browser, "/staff/deliveries?state=failed")
    page = get(browser, turned_away.headers["Location"])
    answer = post(
        browser,
        turned_away.headers["Location"],
        find_token(page),
        email=email,
        password=PASSWORD,
        next="/staff/deliveries?state=failed",
    )

    assert turned_away.status_code == 302
    assert turned_away.headers["Location"].startswith("/staff/login?next=")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/staff/deliveries?state=failed"
    assert get(browser, "/staff/deliveries").status_code == 200


def test_the_start_page_leads_to_the_deliveries(app: Flask) -> None:
    answer = get(open_browser(app), "/staff/")

    assert answer.headers["Location"] == "/staff/deliveries"


def test_the_cookie_is_for_the_portal_and_for_no_script(app: Flask) -> None:
    answer = sign_in(open_browser(app), make_staff(app))

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-hundredth=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/staff"):
        assert f"; {flag}" in cookie
    assert "Expires" not in cookie and "Max-Age" not in cookie


def test_the_cookie_needs_no_https_where_the_service_has_none(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_PUBLIC_URL="http://127.0.0.1:8000")
    browser = app.test_client()

    cookie = browser.get("/staff/login").headers["Set-Cookie"]

    assert cookie.startswith("hundredth=")
    assert "; Secure" not in cookie


def copy_cookie(browser: FlaskClient) -> str:
    """Return the session's cookie as whoever looks over a shoulder would copy it."""
    copied = browser.get_cookie("__Secure-hundredth", domain="petition.example", path="/staff")
    assert copied is not None
    return copied.value


@pytest.mark.parametrize("path", ["/", "/letters", "/healthz", "/readyz", "/metrics", "/nowhere"])
def test_a_page_for_everyone_sets_and_reads_no_cookie(app: Flask, path: str) -> None:
    browser, _ = enter(app)
    cookie = {"Cookie": f"__Secure-hundredth={copy_cookie(browser)}"}

    answer = app.test_client(use_cookies=False).get(path, base_url=BASE, headers=cookie)

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask) -> None:
    email = make_staff(app)
    disabled = make_staff(app, RoleName.READER)
    with app.app_context():
        staff_accounts.set_active(disabled, False, actor="test")

    answers = [
        sign_in(open_browser(app), email, "not the password"),
        sign_in(open_browser(app), "nobody@staff.example"),
        sign_in(open_browser(app), disabled),
        sign_in(open_browser(app), "not an address"),
    ]

    def strip(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text)

    assert {answer.status_code for answer in answers} == {200}
    assert len({strip(answer.text) for answer in answers}) == 1
    assert "Wrong e-mail address or password." in answers[0].text


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    email = make_staff(app)
    browser = open_browser(app)
    get(browser, "/staff/login")

    answer = post(browser, "/staff/login", None, email=email, password=PASSWORD)

    assert answer.status_code == 400
    assert "has expired" in answer.text
    assert get(browser, "/staff/deliveries").status_code == 302


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "/staff//evil.example",
    "/staff/../../evil",
    " //evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "/staff\r\nSet-Cookie: a=b",
    f"{BASE}@evil.example/",
    "https://petition.example.evil.example/",
    "security.login",
)


@pytest.mark.parametrize("place", ["form", "address"])
def test_signing_in_leads_nowhere_but_to_a_page_of_the_portal(app: Flask, place: str) -> None:
    email = make_staff(app, RoleName.READER)

    for number, target in enumerate(ELSEWHERE):
        browser = open_browser(app)
        token = find_token(get(browser, "/staff/login"))
        answer = browser.post(
            "/staff/login",
            query_string={"next": target} if place == "address" else None,
            data={
                "csrf_token": token,
                "email": email,
                "password": PASSWORD,
                "next": target if place == "form" else "",
            },
            base_url=BASE,
            environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"},
        )

        assert answer.status_code == 302, target
        assert re.fullmatch(r"/staff/[a-z]*", answer.headers["Location"]), target


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(app: Flask) -> None:
    email = make_staff(app, RoleName.READER)
    browser = open_browser(app)
    planted = find_token(get(browser, "/staff/login"))

    post(browser, "/staff/login", planted, email=email, password=PASSWORD)
    with_planted = post(browser, "/staff/logout", planted)

    assert get(browser, "/staff/deliveries").status_code == 200
    assert with_planted.status_code == 400


def test_signing_out_is_a_post_and_ends_every_copy_of_the_session(app: Flask) -> None:
    browser, token = enter(app)
    thief = app.test_client(use_cookies=False)
    cookie = {"Cookie": f"__Secure-hundredth={copy_cookie(browser)}"}
    assert get(thief, "/staff/deliveries", headers=cookie).status_code == 200

    by_link = get(browser, "/staff/logout")
    answer = post(browser, "/staff/logout", token)

    assert by_link.status_code == 405
    assert answer.headers["Location"] == "/staff/login"
    assert get(browser, "/staff/deliveries").status_code == 302
    assert get(thief, "/staff/deliveries", headers=cookie).status_code == 302


@pytest.mark.parametrize("change", ["disabled", "password", "uniquifier"])
def test_a_change_of_the_account_ends_its_sessions(app: Flask, change: str) -> None:
    browser, _ = enter(app)
    with app.app_context():
        if change == "disabled":
            staff_accounts.set_active("operator@staff.example", False, actor="test")
        elif change == "password":
            staff_accounts.set_password(
                "operator@staff.example", "another long secret", actor="test"
            )
        else:
            user = db.session.scalars(select(User)).one()
            staff_accounts.end_sessions(user.id, actor="test")

    assert get(browser, "/staff/deliveries").status_code == 302


def test_a_session_ends_half_a_day_after_its_sign_in_whatever_is_done_in_between(
    app: Flask,
) -> None:
    with time_machine.travel("2026-11-21 08:00:00+00:00", tick=False) as traveller:
        browser, _ = enter(app)
        for _ in range(13):
            traveller.shift(timedelta(minutes=50))
            with_form = find_token(get(browser, "/staff/deliveries"))
        delivery_page = post(browser, "/staff/deliveries/1/retry", with_form)
        for _ in range(2):
            traveller.shift(timedelta(minutes=50))
            get(browser, "/staff/deliveries")
        after = get(browser, "/staff/deliveries")

    assert delivery_page.status_code == 404  # signed in, and there is no such delivery
    assert after.status_code == 302


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_another_site_is_refused_even_with_a_token(
    app: Flask, headers: dict[str, str]
) -> None:
    browser, token = enter(app)

    answer = browser.post(
        "/staff/logout", data={"csrf_token": token}, base_url=BASE, headers=headers
    )

    assert answer.status_code == 403
    assert "came from another website" in answer.text
    assert get(browser, "/staff/deliveries").status_code == 200


def test_too_many_guesses_are_held_off_and_told_to_wait(app: Flask) -> None:
    browser = open_browser(app)
    token = find_token(get(browser, "/staff/login"))

    answers = [
        post(browser, "/staff/login", token, email="a@staff.example", password="guess")
        for _ in range(11)
    ]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Too many attempts" in answers[-1].text


def test_guesses_from_many_networks_of_a_larger_one_are_held_off(
    make_app: Callable[..., Flask],
) -> None:
    browser = open_browser(make_app(PETITION_PROXY_HOPS="1"))
    token = find_token(get(browser, "/staff/login"))

    answers = [
        browser.post(
            "/staff/login",
            data={"csrf_token": token, "email": f"{n}@staff.example", "password": "guess"},
            base_url=BASE,
            headers={"X-Forwarded-For": f"2001:db8:0:{n:x}::1", "X-Forwarded-Proto": "https"},
        ).status_code
        for n in range(14)
    ]

    assert answers == [200] * 10 + [429] * 4


def test_guesses_are_held_off_while_redis_is_away(make_app: Callable[..., Flask]) -> None:
    browser = open_browser(make_app(REDIS_URL="unix:///nowhere/valkey.sock"))
    token = find_token(get(browser, "/staff/login"))

    answers = [
        post(browser, "/staff/login", token, email="a@staff.example", password="guess")
        for _ in range(11)
    ]

    assert answers[-1].status_code == 429


def test_the_trail_says_who_signed_in_and_names_nobody(app: Flask) -> None:
    browser, token = enter(app)
    post(browser, "/staff/logout", token)

    with app.app_context():
        events = db.session.scalars(select(Event).order_by(Event.id)).all()
        user = db.session.scalars(select(User)).one()
        assert [(event.action, event.actor, event.subject_id) for event in events] == [
            ("staff.created", "test", user.id),
            ("role.granted", "test", user.id),
            ("role.granted", "test", user.id),
            ("second_factor.set", "test", user.id),
            ("staff.signed_in", f"staff:{user.id}", user.id),
            ("staff.signed_out", f"staff:{user.id}", user.id),
        ]
        assert "@" not in str([event.detail for event in events])


@pytest.mark.usefixtures("full_passwords")
def test_passwords_are_stored_by_argon2_at_the_effort_that_owasp_asks_for(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    browser, _ = enter(app)

    assert get(browser, "/staff/deliveries").status_code == 200
    with app.app_context():
        stored = db.session.scalars(select(User)).one().password
        assert stored is not None and stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_staff_page_stays_out_of_caches_frames_and_search_engines(app: Flask) -> None:
    browser, _ = enter(app)

    headers = get(browser, "/staff/deliveries").headers

    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/staff/register", "/staff/verify"])
def test_there_is_no_way_in_but_the_sign_in(app: Flask, path: str) -> None:
    assert get(open_browser(app), path).status_code == 404


def test_a_word_below_partner_is_the_name_of_a_group_and_asks_to_sign_in(app: Flask) -> None:
    answers = [get(open_browser(app), f"/partner/{word}/") for word in ("register", "riders")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all("/partner/login" in answer.headers["Location"] for answer in answers)
