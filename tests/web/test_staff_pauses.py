"""Letters paused and resumed by a press, of one campaign and of all, and what the public reads."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.pauses import list_pauses, pause
from petition.models import Event, Pause, RoleName
from tests.web.staff_world import enter, get, make_delivery, post
from tests.web.test_staff_attention import PAGE, act, enter_scoped, find_cause, make_review

OF_ALL = "/staff/pause"
OF_ONE = "/staff/campaigns/square/pause"
CAMPAIGNER = RoleName.CAMPAIGNER


def list_paused(app: Flask) -> list[tuple[str | None, str]]:
    with app.app_context():
        found = [(one.campaign, one.reason) for one in list_pauses(db.session())]
        db.session.rollback()
    return found


def list_events(app: Flask) -> list[tuple[str, str, object]]:
    with app.app_context():
        rows = db.session.scalars(
            select(Event).where(Event.subject == "pause").order_by(Event.id)
        ).all()
        found = [(row.action, row.actor, row.detail.get("why")) for row in rows]
        db.session.rollback()
    return found


def test_the_letters_of_a_campaign_are_paused_and_resumed_with_a_reason(app: Flask) -> None:
    make_review(app)
    browser, token = enter(app, CAMPAIGNER)

    empty = post(browser, OF_ONE, token, do="pause", why="  ")
    paused = post(browser, OF_ONE, token, do="pause", why="A wrong\nbill number")
    shown = get(browser, OF_ONE)
    during = list_paused(app)
    again = post(browser, OF_ONE, token, do="pause", why="My own reason")
    resumed = post(browser, OF_ONE, token, do="resume", why="It is corrected")
    twice = post(browser, OF_ONE, token, do="resume", why="It is corrected")

    assert (empty.status_code, paused.status_code, resumed.status_code) == (422, 303, 303)
    assert "Write why" in empty.text
    assert "Reason: A wrong bill number" in shown.text
    assert during == [("square", "A wrong bill number")]
    # Two people: the second sees what the first wrote, and keeps their own words.
    assert again.status_code == 409
    assert "A wrong bill number" in again.text and 'value="My own reason"' in again.text
    assert twice.status_code == 409
    assert list_paused(app) == []
    events = list_events(app)
    assert [event[0] for event in events] == ["letters.paused", "letters.resumed"]
    assert all(actor.startswith("staff:") for _, actor, _ in events)
    assert events[1][2] == "It is corrected"


def test_what_cannot_be_done_changes_nothing(app: Flask) -> None:
    make_review(app)
    browser, token = enter(app, CAMPAIGNER)

    assert post(browser, OF_ONE, token, do="explode", why="x").status_code == 400
    assert post(browser, OF_ONE, None, do="pause", why="x").status_code == 400
    assert post(browser, OF_ONE, token, do="pause", why="x" * 201).status_code == 422
    nowhere = "/staff/campaigns/nowhere/pause"
    assert post(browser, nowhere, token, do="pause", why="x").status_code == 404
    assert list_paused(app) == []


@pytest.mark.parametrize("role", [RoleName.REVIEWER, RoleName.READER])
def test_who_edits_no_campaign_pauses_none(app: Flask, role: RoleName) -> None:
    make_review(app)
    browser, token = enter(app, role)

    for path in (OF_ONE, OF_ALL):
        assert get(browser, path).status_code == 403
        assert post(browser, path, token, do="pause", why="x").status_code == 403
    assert list_paused(app) == []


def test_a_role_for_one_campaign_pauses_that_one_alone(app: Flask) -> None:
    first, _ = make_review(app, "square"), make_review(app, "circle")
    browser, token = enter_scoped(app, CAMPAIGNER, first, "one@staff.example")

    assert post(browser, OF_ONE, token, do="pause", why="x").status_code == 303
    other = post(browser, "/staff/campaigns/circle/pause", token, do="pause", why="x")
    assert other.status_code == 404
    assert post(browser, OF_ALL, token, do="pause", why="x").status_code == 403
    assert list_paused(app) == [("square", "x")]


def test_everything_is_stopped_only_after_a_recent_proof(app: Flask) -> None:
    make_review(app)
    browser, token = enter(app, CAMPAIGNER)

    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        opened = get(browser, OF_ALL)
        pressed = post(browser, OF_ALL, token, do="pause", why="A wrong list")
    assert {opened.location, pressed.location} == {
        "/staff/prove?next=/staff/pause",
        "/staff/prove?next=/staff/pause&again=1",
    }
    assert list_paused(app) == []

    assert post(browser, OF_ALL, token, do="pause", why="A wrong list").status_code == 303
    assert "letters of all campaigns are stopped" in get(browser, OF_ONE).text
    assert list_paused(app) == [(None, "A wrong list")]
    assert post(browser, OF_ALL, token, do="resume", why="Corrected").status_code == 303
    assert list_paused(app) == []


@pytest.mark.parametrize("older", [False, True])
def test_a_role_for_one_campaign_does_not_resume_what_the_service_paused(
    app: Flask, older: bool
) -> None:
    first = make_review(app)
    browser, token = enter(app, RoleName.ADMIN)
    one, their_token = enter_scoped(app, CAMPAIGNER, first, "one@staff.example")
    assert post(browser, OF_ONE, token, do="pause", why="A court").status_code == 303
    if older:  # of a pause that an older version wrote
        with app.app_context(), transaction() as session:
            session.execute(update(Pause).values(for_service=None))

    shown = get(one, OF_ONE)
    pressed = post(one, OF_ONE, their_token, do="resume", why="I want to")
    card = act(one, their_token, find_cause(app, "paused"), "resume", why="I want to")

    assert "only such a role resumes them" in shown.text and 'value="resume"' not in shown.text
    assert pressed.status_code == card == 403
    assert "only such a role resumes them" in pressed.text
    assert list_paused(app) == [("square", "A court")]
    assert [action for action, _, _ in list_events(app)] == ["letters.paused"]
    assert post(browser, OF_ONE, token, do="resume", why="It is over").status_code == 303
    assert list_paused(app) == []


def test_a_pause_for_the_service_takes_the_place_of_one_by_a_role_for_a_campaign(
    app: Flask,
) -> None:
    first = make_review(app)
    browser, token = enter(app, RoleName.ADMIN)
    one, their_token = enter_scoped(app, CAMPAIGNER, first, "one@staff.example")
    assert post(one, OF_ONE, their_token, do="pause", why="A slip").status_code == 303
    assert post(one, OF_ONE, their_token, do="resume", why="Corrected").status_code == 303
    assert post(one, OF_ONE, their_token, do="pause", why="A slip").status_code == 303

    assert "Keep them paused" in get(browser, OF_ONE).text
    assert "Keep them paused" not in get(one, OF_ONE).text
    assert post(browser, OF_ONE, token, do="pause", why="A court").status_code == 303

    assert "Keep them paused" not in get(browser, OF_ONE).text
    assert list_paused(app) == [("square", "A court")]
    assert post(one, OF_ONE, their_token, do="resume", why="Corrected").status_code == 403
    assert post(one, OF_ONE, their_token, do="pause", why="Mine again").status_code == 409
    assert list_paused(app) == [("square", "A court")]


def test_a_card_of_paused_letters_resumes_them(app: Flask) -> None:
    make_review(app)
    with app.app_context():
        pause("square", "A wrong bill number", actor="cli")
    browser, token = enter(app, CAMPAIGNER)
    cause = find_cause(app, "paused")

    assert "What was corrected" not in get(browser, PAGE).text
    assert act(browser, token, cause, "resume", why="") == 422
    assert act(browser, token, cause, "resume", why="It is corrected") == 303
    assert list_paused(app) == []
    assert act(browser, token, cause, "resume", why="It is corrected") == 409


def test_the_card_of_all_campaigns_needs_a_recent_proof(app: Flask) -> None:
    first = make_review(app)
    with app.app_context():
        pause(None, "", actor="cli")
    browser, token = enter(app, CAMPAIGNER)
    cause = find_cause(app, "paused")
    one, their_token = enter_scoped(app, CAMPAIGNER, first, "one@staff.example")

    assert act(one, their_token, cause, "resume", why="x") == 403
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        assert act(browser, token, cause, "resume", why="x") == 302
    assert list_paused(app) == [(None, "")]
    assert act(browser, token, cause, "resume", why="x") == 303
    assert list_paused(app) == []


@pytest.mark.parametrize("slug", [None, "square"])
def test_the_public_page_says_so_and_not_why(app: Flask, slug: str | None) -> None:
    make_delivery(app, slug="square")
    visitor = app.test_client()
    before = visitor.get("/campaigns/square").text
    with app.app_context():
        pause(slug, "An office complained", actor="cli")
        assert db.session.query(Pause).count() == 1
        db.session.rollback()

    page = visitor.get("/campaigns/square").text
    spanish = visitor.get("/campaigns/square?lang=es").text

    assert "Letters are paused" not in before
    assert "Letters are paused" in page and "You can still sign" in page
    assert "complained" not in page
    assert "Las cartas están en pausa" in spanish and "Puede seguir firmando" in spanish
