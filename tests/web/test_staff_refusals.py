"""Who tries at the staff pages: held without locking anybody out, and written into the trail."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.accounts import staff_accounts
from petition.core.extensions import db
from petition.models import Event, RoleName, User
from tests.web.staff_world import (
    BASE,
    PASSWORD,
    enter,
    find_token,
    get,
    make_delivery,
    make_staff,
    open_browser,
    post,
    sign_in,
)

SIGN_IN = "/staff/login"


def list_events(app: Flask, prefix: str = "staff.") -> list[tuple[str, str, int, dict[str, Any]]]:
    """Return (action, actor, number, detail) of a kind of event, but those of making accounts."""
    with app.app_context():
        rows = db.session.scalars(select(Event).order_by(Event.id)).all()
        return [
            (row.action, row.actor, row.subject_id, row.detail)
            for row in rows
            if row.action.startswith(prefix) and row.actor != "test"
        ]


def find_id(app: Flask, email: str) -> int:
    with app.app_context():
        return db.session.scalars(select(User.id).where(User.email == email)).one()


class Elsewhere:
    """Somebody who tries from as many networks as they like, each with a session of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = open_browser(app)
        self.token = find_token(get(self.browser, SIGN_IN))

    def try_at(self, email: str, network: str, password: str = "guess") -> TestResponse:
        return self.browser.post(
            SIGN_IN,
            data={"csrf_token": self.token, "email": email, "password": password},
            base_url=BASE,
            headers={"Origin": BASE},
            environ_overrides={"REMOTE_ADDR": network},
        )


def enter_from(app: Flask, email: str, network: str) -> TestResponse:
    return Elsewhere(app).try_at(email, network, PASSWORD)


@pytest.mark.parametrize("guesses", [21, 70])
def test_nobody_is_locked_out_from_afar(app: Flask, guesses: int) -> None:
    email = make_staff(app)
    crowd = Elsewhere(app)

    for number in range(guesses):
        crowd.try_at(email, f"198.51.{number}.{number}")

    assert enter_from(app, email, "203.0.113.9").status_code == 302
    assert enter_from(app, email.upper(), "2001:db8::1").status_code == 302


def test_while_many_try_at_an_account_each_network_has_a_few_tries(app: Flask) -> None:
    email, other = make_staff(app), make_staff(app, RoleName.READER)
    crowd = Elsewhere(app)
    for number in range(61):
        crowd.try_at(email, f"198.51.{number}.{number}")

    answers = [crowd.try_at(email, "203.0.113.9").status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert crowd.try_at(other, "203.0.113.9").status_code == 200
    assert enter_from(app, email, "203.0.113.10").status_code == 302


def test_one_network_is_held_at_one_account_and_at_all(app: Flask) -> None:
    crowd = Elsewhere(app)

    answers = [crowd.try_at(f"{n}@staff.example", "203.0.113.9").status_code for n in range(12)]

    assert answers == [200] * 10 + [429] * 2


def test_a_sign_in_that_failed_is_an_event_with_the_accounts_number_alone(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    email, closed = make_staff(app), make_staff(app, RoleName.READER)
    with app.app_context():
        staff_accounts.set_active(closed, False, actor="test")

    for typed in (
        email,
        " Operator@STAFF.example ",
        closed,
        "canary@staff.example",
        "x\0",
        "é" * 999,
    ):
        sign_in(open_browser(app), typed, "canary password")

    ids = [find_id(app, one) for one in (email, email, closed)] + [0, 0, 0]
    assert list_events(app) == [("staff.sign_in_failed", "visitor", found, {}) for found in ids]
    log = capfd.readouterr().err
    assert log.count("staff.sign_in_failed") == 6
    assert "canary" not in log and "127.0.0.1" not in log and "@" not in log


def test_a_sign_in_that_is_held_off_is_an_event(app: Flask) -> None:
    email = make_staff(app)
    crowd = Elsewhere(app)

    for _ in range(11):
        crowd.try_at(email, "203.0.113.9")

    found = list_events(app)
    assert [action for action, *_ in found[-2:]] == [
        "staff.sign_in_failed",
        "staff.sign_in_refused",
    ]
    assert found[-1] == ("staff.sign_in_refused", "visitor", find_id(app, email), {})


def test_no_stranger_fills_the_trail(app: Flask) -> None:
    crowd = Elsewhere(app)

    for _ in range(90):
        assert crowd.try_at("nobody@staff.example", "203.0.113.9").status_code in (200, 429)
    of_others = enter_from(app, "nobody@staff.example", "198.51.100.1")

    assert of_others.status_code == 200
    assert len(list_events(app)) == 60 + 1


@pytest.mark.parametrize("path", ["/staff/review/1", "/staff/deliveries/1/letter.pdf"])
def test_a_page_that_a_role_may_not_see_is_an_event(app: Flask, path: str) -> None:
    browser, _ = enter(app, RoleName.READER)

    answer = get(browser, path)

    number = find_id(app, "reader@staff.example")
    page = {"/staff/review/1": "show_waiting"}.get(path, "show_letter")
    assert answer.status_code == 403 and "Campaigners" in answer.text
    detail = {"reason": "role", "page": page}
    assert list_events(app)[-1] == ("staff.refused", f"staff:{number}", number, detail)


def test_a_form_without_its_token_or_from_elsewhere_is_an_event(app: Flask) -> None:
    browser, token = enter(app)
    number = find_id(app, "operator@staff.example")

    missing = post(browser, "/staff/deliveries/1/retry", None)
    forged = browser.post(
        "/staff/deliveries/1/retry",
        data={"csrf_token": token},
        base_url=BASE,
        headers={"Origin": "https://evil.example"},
    )
    stranger = post(open_browser(app), SIGN_IN, "made up", email="canary@staff.example")

    assert [missing.status_code, forged.status_code, stranger.status_code] == [400, 403, 400]
    me = (f"staff:{number}", number)
    assert list_events(app)[-3:] == [
        ("staff.refused", *me, {"reason": "token", "page": "retry_one"}),
        ("staff.refused", *me, {"reason": "cross-site", "page": "retry_one"}),
        ("staff.refused", "visitor", 0, {"reason": "token", "page": "sign_in"}),
    ]


@pytest.mark.parametrize("name", ["letter.pdf", "message.eml"])
def test_only_operators_open_a_letter_and_each_time_is_an_event(app: Flask, name: str) -> None:
    delivery = make_delivery(app)
    viewer, _ = enter(app, RoleName.READER)
    operator, _ = enter(app)
    admin, _ = enter(app, RoleName.ADMIN)
    path = f"/staff/deliveries/{delivery}/{name}"

    answers = [get(one, path).status_code for one in (viewer, operator, operator, admin)]
    page, own = get(viewer, f"/staff/deliveries/{delivery}"), get(operator, path[: -len(name) - 1])

    assert answers == [403, 200, 200, 200]
    assert f'href="{path}"' not in page.text and "only campaigners can open it" in page.text
    assert f'href="{path}"' in own.text and "was opened." in own.text
    seen = list_events(app, "letter.viewed")
    who = [find_id(app, f"{role}@staff.example") for role in ("operator", "operator", "admin")]
    assert [actor for _, actor, *_ in seen] == [f"staff:{number}" for number in who]
    form = {"letter.pdf": "pdf", "message.eml": "message"}[name]
    assert {tuple(detail.items()) for *_, detail in seen} == {
        (("delivery", delivery), ("form", form))
    }


def test_a_letter_that_cannot_be_given_was_not_viewed(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    operator, _ = enter(app)
    for file in app.extensions["hundredth"].letters_dir.rglob("*.pdf"):
        file.write_bytes(b"damaged")

    assert get(operator, f"/staff/deliveries/{delivery}/letter.pdf").status_code >= 400
    assert list_events(app, "letter.viewed") == []


def test_every_answer_of_the_portal_is_kept_by_no_cache(app: Flask) -> None:
    email = make_staff(app)
    stranger, wrong = open_browser(app), open_browser(app)
    answers: dict[str, TestResponse] = {
        "sign-in": get(stranger, SIGN_IN),
        "turned away": get(stranger, "/staff/deliveries"),
        "wrong": sign_in(wrong, email, "not the password"),
        "no token": post(wrong, SIGN_IN, None, email=email),
        "signed in": sign_in(stranger, email),
        "page": get(stranger, "/staff/deliveries"),
        "not allowed": get(stranger, "/staff/deliveries/9/letter.pdf"),
        "signed out": post(stranger, "/staff/logout", read_token(stranger)),
    }

    for name, answer in answers.items():
        assert answer.headers.getlist("Cache-Control") == ["private, no-store"], name


def read_token(browser: FlaskClient) -> str:
    return find_token(get(browser, "/staff/deliveries"))
