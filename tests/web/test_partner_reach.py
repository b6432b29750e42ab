"""Owners choose the districts of their organization by name, without typing an id."""

import re

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.extensions import db, transaction
from petition.models import Event, Layer, Organization, RoleName
from petition.partners.bases.district_search import MOST_FOUND
from petition.partners.profile.organization_form import MOST_LISTED
from tests.accounts.world import make_group
from tests.factories import make_district
from tests.partners.bases.areas import add_district, set_reach
from tests.web.staff_world import BASE, find_token, get, open_browser, post
from tests.web.test_portals import enter_partner, make_member

PAGE = "/partner/riders/reach"
SQUARE = shapely.box(-71.2, 42.3, -71.0, 42.4)
TICKED = re.compile(r'name="division" value="([^"]+)"( checked)?')


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    make_member(app, RoleName.OWNER)
    return enter_partner(app)


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    """Districts in force, and one that is not; their division ids by name."""
    with app.app_context():
        found = {name: add_district(name, SQUARE) for name in ("middlesex", "suffolk", "norfolk")}
        add_district("midlothian", SQUARE, in_force=False)
        with transaction() as session:
            house = make_district(session, layer=Layer.SLDL, name="7th Middlesex", state="MA")
            found["house"] = house.division_id
            odd = make_district(session, name="100% <b>O'Brien_County</b>", state="WY")
            found["odd"] = odd.division_id
    return found


def read_reach(app: Flask, group: int = 1) -> tuple[list[str], int | None]:
    with app.app_context():
        found = db.session.get_one(Organization, group)
        return list(found.reach_divisions), found.reach_km


def save(
    browser: FlaskClient, *chosen: str, shown: tuple[str, ...] = (), **more: str
) -> TestResponse:
    token = find_token(get(browser, "/partner/account"))
    form = {"csrf_token": token, "division": list(chosen), "shown": list(shown), **more}
    return browser.post(PAGE, data=form, base_url=BASE, headers={"Origin": BASE})


def find(browser: FlaskClient, query: str) -> list[tuple[str, bool]]:
    """Return the boxes of the page: the division id of each, and whether it is ticked."""
    answer = get(browser, f"{PAGE}?{query}")
    assert answer.status_code == 200
    return [(number, bool(ticked)) for number, ticked in TICKED.findall(answer.text)]


def test_a_district_is_found_by_a_part_of_its_name_and_ticked(
    app: Flask, owner: FlaskClient, ids: dict[str, str]
) -> None:
    with app.app_context():
        set_reach(1, [], reach_km=25)
    assert PAGE in get(owner, "/partner/riders/organization").text
    assert "within 25 km" in get(owner, PAGE).text

    assert find(owner, "words=MIDD") == [(ids["house"], False), (ids["middlesex"], False)]
    assert find(owner, "words=midd&layer=county") == [(ids["middlesex"], False)]
    saved = save(owner, ids["middlesex"], words="midd", layer="county")

    assert saved.status_code == 303
    assert saved.headers["Location"].endswith(f"{PAGE}?words=midd&layer=county")
    assert read_reach(app) == ([ids["middlesex"]], None)
    after = get(owner, f"{PAGE}?words=midd&layer=county").text
    assert "Saved: 1 district." in after and "is yours already" in after
    assert find(owner, "") == [(ids["middlesex"], True)]
    with app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert (event.action, event.detail) == (
            "organization.edited",
            {"fields": "reach_divisions"},
        )


def test_what_is_not_ticked_any_more_is_given_up_and_what_was_not_shown_stays(
    app: Flask, owner: FlaskClient, ids: dict[str, str]
) -> None:
    first, second, third = ids["middlesex"], ids["suffolk"], ids["norfolk"]
    with app.app_context():
        set_reach(1, [first, second, third])

    # A colleague added the third while the page was open.
    assert save(owner, second, shown=(first, second)).status_code == 303
    assert read_reach(app)[0] == [second, third]
    assert save(owner, shown=(second, third)).status_code == 303

    assert read_reach(app) == ([], None)
    assert "within 40 km" in get(owner, PAGE).text


def test_one_that_is_not_in_force_any_more_is_named_and_may_stay_or_go(
    app: Flask, owner: FlaskClient, ids: dict[str, str]
) -> None:
    former = "ocd-division/country:us/state:ma/county:midlothian"
    with app.app_context():
        set_reach(1, [former])

    page = get(owner, PAGE).text
    assert "No district with this id is in force" in page and find(owner, "") == [(former, True)]
    assert save(owner, former, ids["suffolk"], shown=(former,)).status_code == 303
    assert read_reach(app)[0] == [former, ids["suffolk"]]
    assert save(owner, ids["suffolk"], shown=(former, ids["suffolk"])).status_code == 303
    again = save(owner, former)

    assert again.status_code == 422 and "Nothing was saved" in again.text
    assert read_reach(app)[0] == [ids["suffolk"]]


@pytest.mark.parametrize(
    "chosen", ["", "x", "ocd-division/country:us/state:zz", "<b>", "\0", "a" * 5_000]
)
def test_what_is_no_district_is_refused_and_the_ticks_stay(
    app: Flask, owner: FlaskClient, ids: dict[str, str], chosen: str
) -> None:
    answer = save(owner, ids["suffolk"], chosen, words="suff")

    assert answer.status_code == 422 and "Nothing was saved" in answer.text
    assert TICKED.findall(answer.text) == [(ids["suffolk"], " checked")]
    assert read_reach(app) == ([], None)


def test_no_more_than_200_are_taken(app: Flask, owner: FlaskClient) -> None:
    with app.app_context():
        many = [add_district(f"many{number}", SQUARE) for number in range(MOST_LISTED + 1)]
        set_reach(1, many[:-1])

    for chosen in (many[-1:], many):
        answer = save(owner, *chosen)
        assert answer.status_code == 422 and "at most 200 districts" in answer.text
    assert read_reach(app)[0] == many[:-1]


def test_a_form_of_200_districts_is_taken_as_the_page_sends_it(
    app: Flask, owner: FlaskClient
) -> None:
    with app.app_context():
        many = [add_district(f"{number:03}" + "x" * 60, SQUARE) for number in range(MOST_LISTED)]
        set_reach(1, many)

    assert save(owner, *many[1:], shown=tuple(many)).status_code == 303
    assert read_reach(app)[0] == many[1:]
    assert save(owner, "x" * 200_000).status_code == 413
    stranger = open_browser(app)
    token = find_token(get(stranger, "/partner/login"))
    assert post(stranger, PAGE, token, division="x" * 20_000).status_code == 413


def test_odd_words_find_what_has_them_in_its_name_alone(
    owner: FlaskClient, ids: dict[str, str]
) -> None:
    odd = [(ids["odd"], False)]

    assert (
        find(owner, "words=100%25") == find(owner, "words=n_C") == find(owner, "words=O'B") == odd
    )
    for words in ("%25%25", "__", "%00%00", "a", "", "x" * 5_000, "%F0%9F%8C%88"):
        assert find(owner, f"words={words}") == [], words
    assert find(owner, "words=suff&layer=zcta") == find(owner, "words=suff&layer=x")
    page = get(owner, f"{PAGE}?words=%3Cb%3Ezz").text
    assert "“&lt;b&gt;zz” in its name" in page and "<b>O'" not in page
    assert "at least two letters" in get(owner, f"{PAGE}?words=a").text


def test_of_many_the_first_are_shown_and_that_there_are_more(
    app: Flask, owner: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        for number in range(MOST_FOUND + 1):
            make_district(session, name=f"Elm {number:02}")

    assert len(find(owner, "words=elm")) == MOST_FOUND
    assert "These are the first 50" in get(owner, f"{PAGE}?words=elm").text
    assert "These are the first 50" not in get(owner, f"{PAGE}?words=elm%205").text


def test_only_owners_choose(app: Flask, ids: dict[str, str]) -> None:
    make_member(app, RoleName.ORGANIZER)
    other = make_group(app, "walkers")
    browser = enter_partner(app)
    token = find_token(get(browser, "/partner/account"))

    assert get(browser, PAGE).status_code == 403
    assert post(browser, PAGE, token, division=ids["suffolk"]).status_code == 403
    assert post(browser, "/partner/walkers/reach", token).status_code == 404
    assert read_reach(app) == read_reach(app, other) == ([], None)
