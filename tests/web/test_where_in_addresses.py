"""Where somebody lives stands in no address: neither as a ZIP code nor as a token that tells it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as set_up
from hypothesis import strategies as st
from sqlalchemy import event
from werkzeug.test import TestResponse

from petition.core.extensions import db, transaction
from petition.web.queries import PERSONAL, clean_query
from tests.factories import make_campaign
from tests.ground import POSTAL_CODE, SLUG, fill_form
from tests.web.every_page import open_every_page
from tests.web.public_world import (
    CAMPAIGN,
    find_near,
    find_thanks,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
    sign,
)
from tests.web.street_world import WEST, lay_town

NEAR = f"{CAMPAIGN}/near"
EMBED = f"/embed/{SLUG}"
OLD = f"{NEAR}?postal_code={POSTAL_CODE}"
ADDRESS = re.compile(r'\b(?:href|action|formaction|src|srcset|content)="([^"]*)"')
OVER = "Results are shown for an hour."


def list_addresses(page: TestResponse) -> Iterator[str]:
    """Yield every address that an answer carries, in its page and in its headers."""
    yield from (unescape(found) for found in ADDRESS.findall(page.text))
    for name in ("Location", "Link", "Refresh", "Content-Location"):
        yield from page.headers.getlist(name)


def list_tokens(page: TestResponse) -> set[str]:
    """Return what the addresses of an answer carry of a look-up or a signing."""
    queries = (parse_qs(urlsplit(address).query) for address in list_addresses(page))
    return {token for query in queries for token in query.get("near", ())}


def test_no_page_has_an_address_with_a_zip_code(app: Flask) -> None:
    pages = open_every_page(app)

    for name, page in pages.items():
        for address in list_addresses(page):
            assert POSTAL_CODE not in address, (name, address)
            assert not re.search(r"[?&](?:postal_code|zip)=", address), (name, address)
        assert 'method="get"' not in page.text or 'name="postal_code"' not in page.text, name
    tokens = [(name, token) for name, page in pages.items() for token in list_tokens(page)]
    assert len(tokens) > 10
    assert len({token for _, token in tokens}) == len(tokens)


@pytest.mark.parametrize("typed", [{}, {"street_address": WEST}], ids=["ZIP", "street"])
def test_two_look_ups_of_one_place_have_nothing_in_common_but_their_answer(
    street_app: Flask, typed: dict[str, str]
) -> None:
    lay_town(street_app)
    form = {"postal_code": POSTAL_CODE} | typed

    first, second = (street_app.test_client().post(NEAR, data=form) for _ in range(2))
    one, other = (open_page(street_app, page.headers["Location"]) for page in (first, second))

    for page in (first, second):
        assert page.status_code == 303 and page.headers["Cache-Control"] == "no-store"
    assert list_tokens(first) and list_tokens(second)
    # Each page's own address may be said again, for the other language.
    assert (list_tokens(first) | list_tokens(one)).isdisjoint(
        list_tokens(second) | list_tokens(other)
    )
    told = "West District" in read_words(one)
    assert told and read_words(one) == read_words(other)
    assert POSTAL_CODE not in first.headers["Location"]


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_two_who_sign_from_one_place_are_led_to_two_addresses(app: Flask, way: str) -> None:
    make_world(app)

    answers = [sign(app, fill_form(number), f"{way}/signatures") for number in range(2)]

    tokens = [list_tokens(answer) for answer in answers]
    assert all(len(one) == 1 for one in tokens) and tokens[0] != tokens[1]
    assert len({len(answer.headers["Location"]) for answer in answers}) == 1


def test_an_address_with_a_zip_code_fills_the_form_and_looks_nothing_up(app: Flask) -> None:
    world = make_world(app)
    world.count(40)
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    page = open_page(app, OLD)

    words = read_words(page)
    assert page.status_code == 200 and f'value="{POSTAL_CODE}"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Middlesex" not in page.text and "Cambridge" not in words and "Near you" not in words
    for table in ("districts", "boundar", "tallies", "areas", "zip", "signatures", "consent"):
        assert not any(table in statement.lower() for statement in statements), table
    # Of organizations only those that own the campaign, whose name its page shows.
    assert not any("FROM organizations" in statement for statement in statements)
    assert f'action="{NEAR}" method="post"' in page.text


@pytest.mark.parametrize("typed", ["00000", "0213", "<b>", "9" * 5000, "02139-1234", "\0", "09012"])
def test_what_is_no_zip_code_fills_the_form_too_and_is_judged_once_it_is_sent(
    app: Flask, typed: str
) -> None:
    make_world(app)

    page = app.test_client().get(NEAR, query_string={"postal_code": typed})

    assert page.status_code == 200 and "There is no such ZIP code" not in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize("typed", [{}, {"street_address": WEST}], ids=["ZIP", "street"])
def test_a_look_up_is_shown_for_an_hour(
    street_app: Flask, typed: dict[str, str], make_later: Callable[[timedelta], None]
) -> None:
    lay_town(street_app)
    form = {"postal_code": POSTAL_CODE} | typed
    address = street_app.test_client().post(NEAR, data=form).headers["Location"]

    make_later(timedelta(minutes=59))
    still, at_form = open_page(street_app, address), open_page(street_app, to_form(address))
    make_later(timedelta(minutes=2))
    over, later = open_page(street_app, address), open_page(street_app, to_form(address))

    assert "West District" in still.text
    assert over.status_code == later.status_code == 200
    assert OVER in read_words(over) and 'name="postal_code"' in over.text
    assert "West District" not in over.text + later.text and POSTAL_CODE not in over.text
    for page in (still, at_form, over, later):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_the_district_that_a_street_told_comes_along_to_the_form(street_app: Flask) -> None:
    lay_town(street_app)

    page = look_up(street_app, street_address=WEST)
    (link,) = {link for link in list_links(page) if link.endswith("#sign")}
    form = open_page(street_app, link.partition("#")[0])

    assert form.headers["Cache-Control"] == "no-store"
    assert "The count for the West District" in read_words(form)
    assert WEST not in form.text and POSTAL_CODE not in form.text


def test_a_look_up_of_one_campaign_is_none_of_another(app: Flask) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="other")
    address = find_near(app)

    for page in (address.replace(SLUG, "other"), to_form(address).replace(SLUG, "other")):
        assert "Middlesex" not in open_page(app, page).text
    # Nor are the thanks a look-up.
    thanks = find_thanks(app, CAMPAIGN, POSTAL_CODE).replace("/thanks", "/near")
    assert OVER in read_words(open_page(app, thanks))


@pytest.mark.parametrize("forged", ["02139", "%00%FF", "é", "A" * 51, "A" * 5000, "AQ", "=", "-_"])
def test_a_made_up_look_up_shows_the_form(app: Flask, forged: str) -> None:
    make_world(app)

    page = open_page(app, f"{NEAR}?near={forged}")

    assert page.status_code == 200 and OVER in read_words(page)
    assert "Middlesex" not in page.text
    assert open_page(app, f"{CAMPAIGN}?near={forged}").status_code == 200


def test_a_list_of_all_zip_codes_cannot_be_made(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SIGN_LIMIT="5 per minute")
    make_world(app)
    client = app.test_client()

    answers = [client.post(NEAR, data={"postal_code": POSTAL_CODE}) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "path",
    [OLD, f"{CAMPAIGN}?postal_code={POSTAL_CODE}", f"{CAMPAIGN}/thanks?zip={POSTAL_CODE}"],
)
@pytest.mark.parametrize("language", ["", "&lang=es"])
def test_no_page_says_again_what_an_old_address_told(app: Flask, path: str, language: str) -> None:
    make_world(app)

    for asked in (path, path.upper().replace("POSTAL_CODE", "postal_code"), f"{path}-1234"):
        page = app.test_client().get(f"{asked}{language}")
        for address in list_addresses(page):
            assert POSTAL_CODE not in address, (asked, address)
    back = open_page(app, f"{CAMPAIGN}/signatures?email=a@people.example&utm=1&postal%5Fcode=02139")
    assert back.headers["Location"] == f"{CAMPAIGN}?utm=1"


@set_up(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text("abz_.-", min_size=1), st.text("xyz%26+ .é"))),
    st.lists(st.tuples(st.sampled_from(sorted(PERSONAL)), st.text())),
)
def test_a_query_is_said_again_without_what_tells_of_somebody(
    kept: list[tuple[str, str]], personal: list[tuple[str, str]]
) -> None:
    said = urlencode(kept)

    assert clean_query("&".join(filter(None, (urlencode(personal), said)))) == said


def to_form(address: str) -> str:
    """Return the address of the campaign's page with the same look-up."""
    return address.replace("/near?", "?")
