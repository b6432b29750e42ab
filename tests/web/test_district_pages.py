"""A district's page, and the way there from a ZIP code."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Post
from petition.postal.time_zones import find_zone
from tests.factories import make_campaign
from tests.ground import GEOID
from tests.web.public_world import (
    CAMPAIGN,
    DISTRICT,
    find_near,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
)

NEAR = f"{CAMPAIGN}/near"


def test_progress_is_told_in_people(app: Flask) -> None:
    world = make_world(app)
    world.count(63)

    words = read_words(open_page(app, DISTRICT))

    assert "63 of the next 100 in Middlesex County have signed." in words
    assert (
        "37 more and the letter is sent to the Board of Commissioners, Middlesex County." in words
    )
    assert "Counted just now" in words


def test_a_count_says_how_long_ago_it_was_taken_and_exactly_when_beside(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app).count(63)
    make_later(timedelta(minutes=4))

    page = open_page(app, DISTRICT)

    assert "Counted 4 minutes ago" in read_words(page)
    at = r"\w+ \d+, \d+ at \d+:\d\d [ap]\.m\. Eastern time"
    exact = rf'<time datetime="[0-9T:-]+\+00:00" title="{at}">4 minutes ago</time>'
    assert re.search(exact, page.text)


def test_for_three_days_progress_says_on_which_day_the_letter_was_sent(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    world = make_world(app)
    world.send(world.count(100)[0])
    world.count(30)
    day = utcnow().astimezone(find_zone("MA")).strftime("%A")
    told = f"Letter 1 was sent on {day} ."  # the day is an element of its own
    pages = (DISTRICT, find_near(app), CAMPAIGN)

    assert [told in read_words(open_page(app, page)) for page in pages] == [True] * 3
    make_later(timedelta(days=3, minutes=1))
    assert [told in read_words(open_page(app, page)) for page in (DISTRICT, CAMPAIGN)] == [
        False,
        False,
    ]


def test_a_letter_that_is_only_made_is_not_told_as_sent(app: Flask) -> None:
    make_world(app).count(130)

    for page in (DISTRICT, CAMPAIGN):
        assert "was sent on" not in read_words(open_page(app, page))


def test_after_the_hundredth_it_says_one_letter_and_none_of_the_next(app: Flask) -> None:
    world = make_world(app)
    code = world.send(world.count(100)[0])

    page = open_page(app, DISTRICT)

    assert "1 letter sent" in read_words(page)
    assert "Letter 1 is complete in Middlesex County. 100 more and the next letter" in read_words(
        page
    )
    assert f"/letters/{code}" in list_links(page)


def test_a_letter_that_has_not_gone_is_on_its_way(app: Flask) -> None:
    world = make_world(app, step=22)
    world.count(25)

    words = read_words(open_page(app, DISTRICT))

    assert "On its way" in words and "delivered" not in words.lower()
    assert "3 of the next 22" in words


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_count_under_ten_is_never_told_apart(app: Flask, people: int) -> None:
    world = make_world(app)
    before = read_words(open_page(app, DISTRICT))
    if people:
        world.count(people)

    after = read_words(open_page(app, DISTRICT))

    assert "The count for Middlesex County is not shown yet." in after
    assert after.partition("Counted")[0] == before.partition("Counted")[0]
    assert "of the next" not in after


@pytest.mark.parametrize("people", [1, 9])
def test_no_other_page_tells_a_count_under_ten(app: Flask, people: int) -> None:
    world = make_world(app)
    world.count(people)

    for page in (open_page(app, "/"), open_page(app, CAMPAIGN), look_up(app)):
        words = read_words(page)
        assert f"{people} people" not in words and f"{people} of the next" not in words


def test_an_unknown_district_is_a_page_that_says_so(app: Flask) -> None:
    make_world(app)

    for path in (
        f"{CAMPAIGN}/districts/county/99999",
        f"{CAMPAIGN}/districts/sldu/{GEOID}",
        f"{CAMPAIGN}/districts/planet/{GEOID}",
        f"{CAMPAIGN}/districts/county/{'9' * 40}",
        f"{CAMPAIGN}/districts/county/%00",
        f"/campaigns/no-such/districts/county/{GEOID}",
    ):
        assert open_page(app, path).status_code == 404, path


def test_a_zip_code_leads_to_its_district(app: Flask) -> None:
    world = make_world(app)
    world.count(30)

    page = look_up(app)

    assert page.status_code == 200
    assert "30 of the next 100 in Middlesex County have signed." in read_words(page)
    assert "Board of Commissioners, Middlesex County" in read_words(page)
    assert DISTRICT in list_links(page)


def test_without_a_zip_code_the_page_asks_for_one(app: Flask) -> None:
    make_world(app)

    page = open_page(app, NEAR)

    assert page.status_code == 200
    assert 'name="postal_code"' in page.text


def test_an_unknown_zip_code_is_told_beside_the_field(app: Flask) -> None:
    make_world(app)

    for typed in (
        "00000",
        "abc",
        "0213",
        "\0",
        "\xff",
        "\u202e02139",
        "9" * 5000,
        "<script>",
    ):
        page = look_up(app, typed)

        assert page.status_code == 422, typed
        assert "There is no such ZIP code" in read_words(page)
        assert 'role="alert" tabindex="-1" autofocus' in page.text
        assert "#near-zip" in list_links(page) and 'id="near-zip"' in page.text
        assert "<script" not in page.text


def test_after_a_wrong_address_each_form_has_its_heading(app: Flask) -> None:
    make_world(app, layers=["county", "sldl"])

    page = app.test_client().post(NEAR, data={"street_address": "", "postal_code": "00000"})

    headings = re.findall(r"<h2>([^<]*)</h2>", page.text)
    assert page.status_code == 422
    assert headings == ["Look up your address", "Look up your ZIP code alone"]
    assert page.text.count('role="alert"') == 1


@pytest.mark.parametrize("postal_code", ["10001", "09012"], ids=["elsewhere", "armed forces"])
def test_a_zip_code_in_no_district_is_told_so(app: Flask, postal_code: str) -> None:
    make_world(app)  # whose country is one county of Massachusetts

    page = look_up(app, postal_code)

    assert page.status_code == 422
    assert "of the next" not in read_words(page)
    assert "does not cover that ZIP code" in read_words(page)


def test_a_zip_code_does_not_tell_a_finer_district(app: Flask) -> None:
    world = make_world(app, layers=["county", "sldl"])
    world.count(30)

    words = read_words(look_up(app))

    assert "30 of the next 100" in words
    assert "ZIP code 02139, Cambridge, does not show which state house district" in words


def test_without_boundaries_the_page_says_to_come_back(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="square")

    page = look_up(app)

    assert page.status_code == 503
    assert page.headers["Retry-After"]


def test_a_look_up_of_nothing_asks_for_a_zip_code(app: Flask) -> None:
    make_world(app)

    page = app.test_client().post(f"{CAMPAIGN}/near", data={"postal_code": " "})

    assert page.status_code == 422
    assert "Enter a ZIP code." in read_words(page)


def test_a_spanish_page_names_the_district_and_the_board_in_spanish(app: Flask) -> None:
    world = make_world(app)
    world.count(63)

    words = read_words(open_page(app, f"{DISTRICT}?lang=es"))

    assert "Condado de Middlesex, MA" in words
    assert "se enviará a la Junta de Comisionados del condado de Middlesex." in words
    assert "van 63 de las próximas 100 firmas" in words
    assert "Recuento: " in words and "Recuento del" not in words


def test_a_body_of_unknown_kind_stays_english_and_says_so(app: Flask) -> None:
    world = make_world(app)
    world.count(63)
    with app.app_context(), transaction() as session:
        for post in session.scalars(select(Post)):
            post.title = "Board of Aldermen, Lowell"

    page = open_page(app, f"{DISTRICT}?lang=es")

    assert 'se enviará a <span lang="en">Board of Aldermen, Lowell</span>' in page.text
    assert re.search(r'<span lang="en">Campaign \d+</span>', page.text)
