"""Held hundreds as staff see them, and an operator's decision."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.models import Milestone, RoleName
from tests.web.held_world import LOOKS, make_held
from tests.web.staff_world import enter, get, open_browser, post

LIST = "/staff/milestones"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


def read_state(app: Flask, milestone_id: int) -> tuple[str, str | None]:
    with app.app_context():
        milestone = db.session.get_one(Milestone, milestone_id)
        return milestone.state, milestone.judged_list


def test_the_list_is_empty_while_none_is_held(app: Flask) -> None:
    make_held(app, robots=0)
    browser, _ = enter(app, RoleName.READER)

    assert "No hundred is held." in get(browser, LIST).text
    assert "cleared" in get(browser, f"{LIST}?state=all").text


def test_a_held_one_is_told_in_words_and_numbers_and_names_nobody(app: Flask) -> None:
    held = make_held(app)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, LIST).text
    one = get(browser, f"{LIST}/{held}").text

    assert "one network" in page and f"{LIST}/{held}" in page
    assert "6 of 10 came from one network" in one and "60%" in one
    assert "Release this hundred" not in one  # a viewer reads
    assert "Ada" not in one and "people.example" not in one


def test_who_is_not_signed_in_or_may_only_read_settles_nothing(app: Flask) -> None:
    held = make_held(app)
    browser, token = enter(app, RoleName.READER)

    for act in ("release", "invalidate", "restore"):
        path = f"{LIST}/{held}/{act}"
        assert post(open_browser(app), path, None, why="x").status_code in (302, 400, 401, 403)
        assert post(browser, path, token, why="x", sure="1").status_code == 403
    assert read_state(app, held)[0] == "held"


def test_an_operator_releases_what_the_page_showed(app: Flask) -> None:
    held = make_held(app)
    browser, token = enter(app)
    seen = read_state(app, held)[1] or ""
    path = f"{LIST}/{held}/release"

    assert post(browser, path, token, list=seen).status_code == 422
    assert post(browser, path, token, list="0" * 64, why="A stall").status_code == 409
    assert post(browser, path, None, list=seen, why="A stall").status_code == 400
    assert read_state(app, held)[0] == "held"
    answer = post(browser, path, token, list=seen, why="A stall at the fair")

    assert answer.status_code == 303
    assert read_state(app, held)[0] == "cleared"
    assert "A stall at the fair" in get(browser, f"{LIST}/{held}").text


def test_an_operator_invalidates_and_puts_back(app: Flask) -> None:
    held = make_held(app)
    browser, token = enter(app)
    path = f"{LIST}/{held}"

    refused = post(browser, f"{path}/invalidate", token, why="A program", only="network")
    assert refused.status_code == 422 and "Check the box" in refused.text
    odd = post(browser, f"{path}/invalidate", token, why="A program", only="nobody", sure="1")
    assert odd.status_code == 422
    done = post(browser, f"{path}/invalidate", token, why="A program", only="network", sure="1")

    assert done.status_code == 303
    assert "6 signatures were rejected with it" in get(browser, path).text
    assert post(browser, f"{path}/restore", token, why="A choir").status_code == 303
    assert "rejected with it" not in get(browser, path).text
    again = post(browser, f"{path}/restore", token, why="A choir")
    assert again.status_code == 409


def test_there_is_no_such_hundred(app: Flask) -> None:
    browser, token = enter(app)

    assert get(browser, f"{LIST}/99").status_code == 404
    assert post(browser, f"{LIST}/99/release", token, why="x").status_code == 404


def test_it_is_drawn_when_they_came_with_the_same_as_a_table(app: Flask) -> None:
    held = make_held(app)
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, f"{LIST}/{held}").text

    section = page[page.index('id="came"') : page.index('id="diary"')]
    assert section.count("<rect") >= 1 and "Each bar is 1 minute" in section
    people = re.findall(r'data-label="People">(\d+)<', section)
    assert sum(map(int, people)) == 10
