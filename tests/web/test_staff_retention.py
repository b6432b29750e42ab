"""Retention in the browser: a dry run, a press to run, holds, and the log of runs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, RetentionRun, RoleName
from petition.retention.legal_holds import hold_campaign, list_holds, release_campaign
from tests.retention.world import ADD, DAYS, LIMITS, count_all
from tests.web.staff_world import enter, find_token, get, post

PAGE = "/staff/retention"


@pytest.fixture
def limited_app(make_app: Callable[..., Flask]) -> Flask:
    """An app with a limit for every kind, and a signature that expired."""
    app = make_app(**LIMITS)
    with app.app_context():
        ADD["expired"](timedelta(days=DAYS["expired"], minutes=1))
        db.session.remove()
    return app


def open_page(app: Flask) -> tuple[FlaskClient, str]:
    browser, _ = enter(app, role=RoleName.ADMIN)
    return browser, find_token(get(browser, PAGE))


def find_slug(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Campaign.slug)).one()


def test_the_page_counts_and_changes_nothing(limited_app: Flask) -> None:
    browser, _ = open_page(limited_app)
    with limited_app.app_context():
        before = count_all()

    page = get(browser, PAGE).text

    assert "Removes the 1 above" in page and "PETITION_KEEP_EXPIRED_DAYS" in page
    with limited_app.app_context():
        after = count_all()
    assert {name for name in after if after[name] != before.get(name)} <= {"account_sessions"}


def test_a_press_removes_and_is_logged_with_who_pressed(limited_app: Flask) -> None:
    browser, token = open_page(limited_app)

    unsure = post(browser, f"{PAGE}/run", token)
    done = post(browser, f"{PAGE}/run", token, sure="1")

    assert (unsure.status_code, done.status_code) == (422, 303)
    page = get(browser, PAGE).text
    assert "Removed 1." in page and "expired 1" in page and "admin@staff.example" in page
    with limited_app.app_context():
        (run,) = db.session.scalars(select(RetentionRun))
        assert (run.actor.partition(":")[0], run.counts) == ("staff", {"expired": 1})
    assert "Nothing is past its time now" in page


def test_a_hold_is_placed_and_released_and_what_was_typed_is_shown_again(
    limited_app: Flask,
) -> None:
    browser, token = open_page(limited_app)
    slug = find_slug(limited_app)

    none = post(browser, f"{PAGE}/hold", token, campaign="", why="Case 12")
    empty = post(browser, f"{PAGE}/hold", token, campaign=slug, why=" ")
    long = post(browser, f"{PAGE}/hold", token, campaign=slug, why="x" * 501)
    assert (none.status_code, empty.status_code, long.status_code) == (422, 422, 422)
    assert 'value="Case 12"' in none.text and f'value="{slug}" selected' in empty.text

    assert post(browser, f"{PAGE}/hold", token, campaign=slug, why="Case 12").status_code == 303
    page = get(browser, PAGE).text
    assert "Case 12" in page and "Nothing is past its time now" in page
    post(browser, f"{PAGE}/run", token, sure="1")
    with limited_app.app_context():
        assert len(list_holds()) == 1

    assert post(browser, f"{PAGE}/release", token, campaign=slug).status_code == 303
    assert "Removes the 1 above" in get(browser, PAGE).text


def test_of_two_people_the_second_sees_what_the_first_did(limited_app: Flask) -> None:
    browser, token = open_page(limited_app)
    slug = find_slug(limited_app)
    with limited_app.app_context():
        hold_campaign(slug, "first", actor="staff:2")

    second = post(browser, f"{PAGE}/hold", token, campaign=slug, why="second")
    assert second.status_code == 409
    assert "first" in second.text and 'value="second"' in second.text
    with limited_app.app_context():
        release_campaign(slug, actor="staff:2")
    assert post(browser, f"{PAGE}/release", token, campaign=slug).status_code == 409
    for odd in ("no-such", "\0", "x" * 5000, "\u2028"):
        assert post(browser, f"{PAGE}/release", token, campaign=odd).status_code == 404
        assert post(browser, f"{PAGE}/hold", token, campaign=odd, why="\0x").status_code == 404


def test_a_run_and_a_release_need_a_recent_proof(
    limited_app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    browser, token = open_page(limited_app)
    make_later(timedelta(minutes=20))

    for path in ("run", "release"):
        answer = post(browser, f"{PAGE}/{path}", token, sure="1", campaign="x")
        assert answer.status_code == 302 and "/staff/prove" in answer.location
