"""The boundary sets as staff see them: where each stands, and what comes next."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.counting.recalls import recall_batch
from petition.models import RoleName
from petition.redistricting.activation import activate
from petition.redistricting.dry_run import compare
from petition.redistricting.set_overview import SetStatus, read_overview
from tests.web.staff_world import enter, get
from tests.web.street_world import AREAS, LINE, WEST, lay_town, store_areas

PAGE = "/staff/boundaries"
# Who lived in the west lives in the middle.
AFTER = {"west": (-73.5, -72.5), "middle": (-72.5, LINE), "east": (LINE, -69.5)}


def read(app: Flask, role: RoleName = RoleName.READER) -> str:
    """Return the page's words to somebody of that role."""
    browser, _ = enter(app, role)
    page = get(browser, PAGE)
    assert page.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_without_a_set_the_page_says_what_to_do(app: Flask) -> None:
    words = read(app)

    assert "No boundary set is loaded." in words
    assert "petition districts import FILE" in words


def test_a_set_in_force_needs_nothing(street_app: Flask) -> None:
    lay_town(street_app)

    words = read(street_app)

    assert "State house districts" in words and "Set 1, Massachusetts in force" in words
    assert "Districts 2" in words and f"since {utcnow():%Y-%m-%d}" in words
    assert "Source test" in words
    assert "activate" not in words and "to be moved" not in words


def test_a_loaded_set_is_dry_run_first(street_app: Flask) -> None:
    lay_town(street_app)
    with street_app.app_context():
        new = store_areas(AFTER, "redrawn", in_force_from=utcnow().date() + timedelta(days=9))

    words = read(street_app)

    assert f"Set {new}, Massachusetts loaded" in words
    assert f"Planned {utcnow() + timedelta(days=9):%Y-%m-%d}" in words
    assert f"petition districts activate {new} --dry-run" in words


def test_what_the_dry_run_found_is_told_and_then_the_command_that_does_it(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)
    town.put(WEST)
    town.put(WEST)
    with street_app.app_context():
        new = store_areas(AFTER, "redrawn")
        compare(new)

    words = read(street_app)

    assert "of 2 signers 2 change district, 0 stay and 0 would go to review." in words
    assert "From To Signers West District Middle District 2" in words
    assert f"To put it in force: petition districts activate {new}" in words
    assert "--dry-run" not in words


def test_an_approved_set_waits_for_its_day(street_app: Flask) -> None:
    lay_town(street_app)
    day = utcnow().date() + timedelta(days=9)
    with street_app.app_context():
        new = store_areas(AFTER, "redrawn")
        compare(new)
        activate(new, day)

    words = read(street_app)

    assert f"Set {new}, Massachusetts approved" in words and f"From {day}" in words
    assert f"It takes effect automatically on {day}" in words
    assert "no one has signed there yet" in words
    assert "activate" not in words


def test_while_signers_are_moved_the_page_says_how_many_are_left(street_app: Flask) -> None:
    town = lay_town(street_app)
    town.put(WEST)
    town.put(WEST)
    town.put()  # its ZIP leaves it open
    with street_app.app_context():
        activate(store_areas(AFTER, "redrawn"))
    before = read(street_app)
    with street_app.app_context():
        recall_batch()
    town.work()
    with street_app.app_context():
        after = read_overview()

    assert "2 signers are still to be moved" in before
    assert "Set 1, Massachusetts retired" in before
    assert "petition districts activate 1 --dry-run" in before
    assert (after.left_behind, after.waiting) == (0, 1)
    assert [shown.standing for shown in after.sets] == [SetStatus.IN_FORCE, SetStatus.RETIRED]


def test_those_in_review_are_named_with_the_way_there(street_app: Flask) -> None:
    lay_town(street_app).put()
    browser, _ = enter(street_app, RoleName.READER)

    page = get(browser, PAGE)

    assert '<a href="/staff/review">1 signature in review</a>' in page.text
    assert "not counted until it is settled" in page.text


def test_the_areas_of_zip_codes_are_never_put_in_force(app: Flask) -> None:
    with app.app_context():
        store_areas(AREAS, "zips", "zcta")

    words = read(app)

    assert "ZIP code areas" in words and "there is nothing to put in force" in words
    assert "activate" not in words


@pytest.mark.parametrize("path", [PAGE, "/staff/review"])
def test_the_navigation_leads_there_and_a_stranger_signs_in_first(app: Flask, path: str) -> None:
    browser, _ = enter(app, RoleName.READER)

    assert f'href="{path}"' in get(browser, "/staff/deliveries").text
    assert f'href="{path}" aria-current="page"' in get(browser, path).text
    assert get(app.test_client(), path).headers["Location"].startswith("/staff/login")
