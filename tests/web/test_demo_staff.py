"""The demonstration's staff link: works once, on this host, and never in a real service."""

import os
import threading
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.accounts.staff_accounts import create_staff, set_active
from petition.cli.supervisor.demo import demo
from petition.cli.supervisor.demonstration import print_new_link
from petition.core.errors import OperatorError
from petition.core.extensions import db
from petition.demo.staff_link import ADMIN, FOLDER, LINK_SECONDS, make_link, spend
from petition.models import Event, RoleName, User
from petition.web.demo_staff import add_page
from tests.web.staff_world import find_token
from tests.web.test_demo_mail import DEMO

HERE = "http://127.0.0.1:8000"
STAFF = {"REMOTE_ADDR": "127.0.0.1"}


def set_up(app: Flask, **changes: object) -> bool:
    """Let the app be what ``petition up --demo`` serves; return whether it has the page."""
    app.config["SESSION_COOKIE_SECURE"] = False
    app.extensions["hundredth"] = replace(app.extensions["hundredth"], **(DEMO | changes))
    return add_page(app)


def make_path(app: Flask) -> str:
    with app.app_context():
        link = make_link()
    assert link is not None and link.url.startswith(HERE)
    return link.url.removeprefix(HERE)


def press(app: Flask, path: str) -> tuple[TestResponse, TestResponse]:
    """Open a link and press its button; return the answer, and that of the staff pages."""
    browser = app.test_client()
    shown = browser.get(path, base_url=HERE)
    if shown.status_code != 200:
        return shown, browser.get("/staff/accounts", base_url=HERE)
    form = {"csrf_token": find_token(shown)}
    answer = browser.post(path, data=form, base_url=HERE, headers={"Origin": HERE})
    return answer, browser.get("/staff/accounts", base_url=HERE)


def test_a_link_opens_the_staff_pages_once(app: Flask) -> None:
    assert set_up(app)
    path = make_path(app)
    shown = app.test_client().get(path, base_url=HERE)
    head = app.test_client().head(path, base_url=HERE)

    first, inside = press(app, path)
    second, outside = press(app, path)

    assert shown.status_code == head.status_code == 200  # which use up nothing
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in shown.headers["Cache-Control"]
    assert (first.status_code, inside.status_code) == (303, 200)
    assert "Accounts" in inside.text and ADMIN in inside.text
    assert (second.status_code, outside.status_code) == (404, 302)
    assert "petition demo --link" in second.text
    with app.app_context():
        actions = db.session.scalars(select(Event.action)).all()
        assert actions.count("staff.signed_in") == 1 and "second_factor.set" in actions


def test_the_printed_password_answers_for_a_recent_proof_and_signs_nobody_in(app: Flask) -> None:
    assert set_up(app)
    with app.app_context():
        link = make_link()
        again = make_link()
    assert link is not None and again is not None and link.password == again.password
    browser = app.test_client()
    path = again.url.removeprefix(HERE)
    form = {"csrf_token": find_token(browser.get(path, base_url=HERE))}
    browser.post(path, data=form, base_url=HERE, headers={"Origin": HERE})
    page = browser.get("/staff/prove", base_url=HERE)
    form = {"csrf_token": find_token(page), "proof": again.password}
    proved = browser.post("/staff/prove", data=form, base_url=HERE, headers={"Origin": HERE})

    stranger = app.test_client()
    form = {"csrf_token": find_token(stranger.get("/staff/login", base_url=HERE))}
    form |= {"email": ADMIN, "password": again.password}
    asked = stranger.post("/staff/login", data=form, base_url=HERE, headers={"Origin": HERE})

    assert proved.status_code == 303
    assert asked.location == "/staff/login/code"  # an app that nobody has


def test_a_newer_link_voids_the_earlier_and_so_does_time(app: Flask) -> None:
    assert set_up(app)
    earlier, later = make_path(app), make_path(app)  # as after a restart
    folder = app.extensions["hundredth"].data_dir / FOLDER
    files = list(folder.iterdir())

    assert press(app, earlier)[0].status_code == 404
    assert len(files) == 1 and later.rpartition("/")[2] not in files[0].name
    assert folder.stat().st_mode & 0o077 == 0
    long_ago = time.time() - LINK_SECONDS - 1
    os.utime(files[0], (long_ago, long_ago))
    assert press(app, later)[0].status_code == 404


@pytest.mark.both_databases
def test_of_eight_uses_at_once_one_signs_in(app: Flask) -> None:
    assert set_up(app)
    token = make_path(app).rpartition("/")[2]
    start, found = threading.Barrier(8), []

    def use() -> None:
        with app.app_context():
            start.wait()
            found.append(spend(token) is not None)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found.count(True) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"demo": False},
        {"host": "0.0.0.0"},
        {"host": "192.0.2.1"},
        {"public_url": "https://petition.example"},
        {"proxy_hops": 1},
    ],
)
def test_a_service_that_others_can_reach_makes_no_link_and_takes_none(
    app: Flask, changes: dict[str, object]
) -> None:
    assert set_up(app)
    path = make_path(app)
    settings = app.extensions["hundredth"]
    app.extensions["hundredth"] = replace(settings, **changes)

    with app.app_context():
        assert make_link() is None
    assert not add_page(app)
    # Even where the page is there, such settings refuse the link.
    assert app.test_client().get(path, base_url=HERE).status_code == 404
    with app.app_context():
        assert spend(path.rpartition("/")[2]) is None


def test_the_service_itself_has_no_such_page_and_no_such_account(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if "demo" in rule.rule]

    assert rules == []
    with app.app_context():
        assert make_link() is None
        assert db.session.scalars(select(User)).all() == []


@pytest.mark.parametrize(
    ("headers", "address", "host"),
    [
        ({}, "192.0.2.7", "127.0.0.1"),
        ({}, "127.0.0.1", "petition.example"),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", "127.0.0.1"),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1", "127.0.0.1"),
        ({"X-Real-IP": "127.0.0.1"}, "127.0.0.1", "127.0.0.1"),
    ],
)
def test_nobody_from_elsewhere_uses_a_link(
    app: Flask, headers: dict[str, str], address: str, host: str
) -> None:
    assert set_up(app)
    path = make_path(app)
    browser = app.test_client()
    good = browser.get(path, base_url=HERE)

    for method in ("GET", "POST"):
        answer = browser.open(
            path,
            method=method,
            data={"csrf_token": find_token(good)} if method == "POST" else None,
            headers=headers | {"Origin": HERE},
            base_url=f"http://{host}",
            environ_base={"REMOTE_ADDR": address},
        )
        assert answer.status_code in (400, 403, 404)
    assert press(app, path)[0].status_code == 303  # it was not used up


@pytest.mark.parametrize("token", ["x", "..", "%2e%2e", "x" * 5000, "%00", "é"])
def test_no_other_token_is_taken(app: Flask, token: str) -> None:
    assert set_up(app)
    make_path(app)

    assert press(app, f"/staff/demo/{token}")[0].status_code in (308, 404)


def test_a_form_of_another_site_and_one_without_a_token_use_nothing_up(app: Flask) -> None:
    assert set_up(app)
    path = make_path(app)
    browser = app.test_client()
    form = {"csrf_token": find_token(browser.get(path, base_url=HERE))}

    elsewhere = browser.post(path, data=form, base_url=HERE, headers={"Origin": "http://evil.test"})
    bare = app.test_client().post(path, base_url=HERE, headers={"Origin": HERE})

    assert (elsewhere.status_code, bare.status_code) == (403, 400)
    assert press(app, path)[0].status_code == 303


def test_an_account_that_was_closed_is_signed_in_no_more(app: Flask) -> None:
    assert set_up(app)
    path = make_path(app)
    with app.app_context():
        create_staff("other@staff.example", "correct horse battery", [RoleName.ADMIN], actor="test")
        set_active(ADMIN, False, actor="test")

    assert press(app, path)[0].status_code == 404


def test_the_command_refuses_a_real_service(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr("petition.cli.supervisor.demonstration.create_app", lambda _: app)
    monkeypatch.setattr("petition.cli.supervisor.demonstration.read_settings", lambda: None)

    with pytest.raises(OperatorError, match="not the demonstration"):
        print_new_link()
    assert set_up(app)
    printed = CliRunner().invoke(demo, ["--link"])

    assert printed.exit_code == 0 and f"{HERE}/staff/demo/" in printed.output
