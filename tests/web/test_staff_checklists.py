"""The page of a campaign's checklist, and the button that opens it."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Event, RoleName
from tests.openings.test_checklist import get_state, lay
from tests.web.staff_world import enter, get, post

PAGE = "/staff/campaigns/square/checklist"
CAMPAIGNER = RoleName.CAMPAIGNER


@pytest.mark.both_databases  # it starts a process
def test_a_campaign_that_is_ready_opens_by_a_press(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, CAMPAIGNER)

    shown = get(browser, PAGE)
    opened = post(browser, PAGE, token, do="open")

    assert "Problems" not in shown.text and "despite" not in shown.text
    assert (opened.status_code, opened.location) == (303, "/staff/campaigns/square")
    assert get_state(app) == "open"
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "campaign.open")).one()
    assert event.actor.startswith("staff:")
    assert "This campaign is open." in get(browser, PAGE).text


@pytest.mark.both_databases  # it starts a process
def test_problems_stop_it_unless_a_tick_and_a_reason_say_otherwise(app: Flask) -> None:
    lay(app, posts=False)
    browser, token = enter(app, CAMPAIGNER)

    assert "Open it despite the problem" in get(browser, PAGE).text
    refused = post(browser, PAGE, token, do="open", why="The roster comes on Monday")
    unsaid = post(browser, PAGE, token, do="open", despite="1", why=" ")
    long = post(browser, PAGE, token, do="open", despite="1", why="x" * 501)
    before = get_state(app)
    opened = post(browser, PAGE, token, do="open", despite="1", why="The roster comes on Monday")

    assert (refused.status_code, unsaid.status_code, long.status_code) == (409, 422, 422)
    assert 'value="The roster comes on Monday"' in refused.text  # what was typed is kept
    assert 'aria-invalid="true"' in unsaid.text and "checked" in unsaid.text
    assert before == "draft"
    assert opened.status_code == 303 and get_state(app) == "open"


@pytest.mark.both_databases  # it starts a process
def test_a_draft_without_an_ask_is_not_opened_by_a_reason(app: Flask) -> None:
    lay(app, ask="")
    browser, token = enter(app, CAMPAIGNER)

    answer = post(browser, PAGE, token, do="open", despite="1", why="x")

    assert answer.status_code == 400 and "It was not opened." in answer.text
    assert get_state(app) == "draft"


def test_who_may_not_edit_it_does_not_see_it(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.REVIEWER)

    assert get(browser, PAGE).status_code == 403
    assert post(browser, PAGE, token, do="open").status_code == 403
    assert get_state(app) == "draft"


def test_letters_are_drawn_for_one_account_a_few_times_a_minute(app: Flask) -> None:
    lay(app, letter="Dear {{ nobody }}")  # nothing is laid out: the limit counts all the same
    browser, _ = enter(app, CAMPAIGNER)

    answers = [get(browser, PAGE) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Try again in a moment" in answers[-1].text
