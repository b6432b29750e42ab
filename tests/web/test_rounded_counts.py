"""The pages of a campaign with several layers: true words, and no number that tells a small one."""

import re
from itertools import combinations

import pytest
from flask import Flask
from shapely import box, to_wkb
from werkzeug.test import TestResponse

from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.core.extensions import db, transaction
from petition.models import Campaign, District
from petition.redistricting.activation import activate
from tests.factories import make_campaign, make_tally, renew_counts
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, look_up, open_page, read_words
from tests.web.street_world import AREAS, WEST, store_areas
from tests.web.test_map_pages import read_rows, read_titles

WHOLE = {"whole": (AREAS["west"][0], AREAS["east"][1])}
MAPS = (f"{CAMPAIGN}/map/ma/sldu", f"{CAMPAIGN}/map/ma/sldl")
DISTRICTS = f"{CAMPAIGN}/districts"
FRAMED = f"/embed/{SLUG}"
PATHS = (
    "/",
    CAMPAIGN,
    f"{CAMPAIGN}/map",
    *MAPS,
    *(f"{path}.json" for path in MAPS),
    f"{DISTRICTS}/sldu/25001",
    f"{DISTRICTS}/sldl/25001",
    f"{DISTRICTS}/sldl/25002",
    FRAMED,
    f"{FRAMED}/map",
    f"{FRAMED}/map/ma/sldl",
)
ELSEWHERE = NewDistrict(
    geoid="44001",
    division_id="ocd-division/country:us/state:ri/sldl:elsewhere",
    name="Elsewhere",
    state="RI",
    wkb=to_wkb(box(-75.5, 41.0, -74.0, 43.0)),
)
COUNTS = re.compile(
    r"[Aa]t least ([\d,]+)|([\d,]+)\+|([\d,]+) (?:people|more|signatures|of (?:the next )?\d)"
)


def lay(app: Flask, **changes: object) -> int:
    """Put a senate district with two house districts in force, and one in another state.

    - Returns the campaign's id.
    """
    with app.app_context():
        activate(store_areas(WHOLE, "test", "sldu"))
        activate(store_areas(AREAS, "test", "sldl"))
        with transaction() as session:
            elsewhere = make_set("sldl", "ri", "test", [ELSEWHERE])
            stored_id = store_set(session, elsewhere, actor="test")[0].id
        activate(stored_id)
        with transaction() as session:
            values = {"slug": SLUG, "layers": ["sldu", "sldl"]} | changes
            campaign = make_campaign(session, **values)
            district = session.query(District).filter_by(name=ELSEWHERE.name).one()
            make_tally(session, campaign, district, 57)
            return campaign.id


def fill(app: Flask, campaign_id: int, west: int, east: int, reached: int = 0) -> None:
    """Set the counts of the house districts and with them the senate district's."""
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        names = {"Whole District": west + east, "West District": west, "East District": east}
        for name, live in names.items():
            district = db.session.query(District).filter_by(name=name).one()
            letters = reached if name == "Whole District" else 0
            make_tally(session, campaign, district, live, letters)
    with app.app_context():
        renew_counts()


def look_up_street(app: Flask) -> TestResponse:
    """Ask for the districts of a street in the west."""
    return look_up(app, street_address=WEST)


def read_all(app: Flask) -> dict[str, str]:
    """Return the words of every page that tells counts, without the moment they are of."""
    pages = {path: open_page(app, path) for path in PATHS}
    pages |= {"ZIP": look_up(app), "street": look_up_street(app)}
    assert {page.status_code for page in pages.values()} == {200}
    return {
        path: re.sub(r"Counted [^.]*\.", "", page.text if ".json" in path else tell(page))
        for path, page in pages.items()
    }


def tell(page: TestResponse) -> str:
    """Return a page's words and what its drawing says."""
    return " ".join([read_words(page), *read_titles(page.text)])


def list_counts(words: str) -> set[int]:
    """Return the numbers of people in the words."""
    return {
        int(number.replace(",", ""))
        for found in COUNTS.findall(words)
        for number in found
        if number
    }


@pytest.mark.parametrize(("west", "east"), [(25, 5), (91, 8), (10, 9), (38, 44)])
def test_no_two_numbers_on_all_pages_differ_by_a_small_count(
    street_app: Flask, west: int, east: int
) -> None:
    fill(street_app, lay(street_app), west, east)

    counts = set[int]().union(*map(list_counts, read_all(street_app).values()))

    assert (west + east) // 10 * 10 in counts and west // 10 * 10 in counts
    for one, other in combinations(counts, 2):
        assert not 1 <= abs(one - other) <= 9, (one, other)


def test_all_pages_say_the_same_whatever_a_small_count_is(street_app: Flask) -> None:
    campaign_id = lay(street_app)
    fill(street_app, campaign_id, 30, 1)
    before = read_all(street_app)

    for east in (2, 5, 9):
        fill(street_app, campaign_id, 30, east)
        assert read_all(street_app) == before


def test_a_rounded_count_is_told_as_the_least(street_app: Flask) -> None:
    fill(street_app, lay(street_app), 91, 8)

    words = read_all(street_app)

    assert "At least 90 of the next 100 in the Whole District" in words[f"{DISTRICTS}/sldu/25001"]
    assert "When 100 have, the letter is sent to its lawmakers." in words[f"{DISTRICTS}/sldu/25001"]
    assert "At least 90 people in all." in words[f"{DISTRICTS}/sldl/25001"]
    assert "The count for the East District is not shown yet" in words[f"{DISTRICTS}/sldl/25002"]
    assert "90+ people have signed" in words[CAMPAIGN]
    assert "Elsewhere, RI state house district 50+ of the next 100" in words[CAMPAIGN]
    assert "At least 90 people have signed." in words["/"]
    assert "At least 90 people have signed." in words[FRAMED]
    assert "90+ signatures" in words[f"{FRAMED}/map"]
    assert "at least 90 signatures and 90 of the next 100" in words[f"{MAPS[0]}.json"]
    for path, told in words.items():
        assert "More than" not in told and not re.search(r"\d more and", told), path
    for path in (CAMPAIGN, MAPS[0], FRAMED, f"{DISTRICTS}/sldu/25001"):
        assert "rounded down." in read_words(open_page(street_app, path)), path


def test_after_a_letter_no_page_tells_a_rounded_nothing(street_app: Flask) -> None:
    fill(street_app, lay(street_app), 97, 8, reached=1)

    words = read_all(street_app)

    told = words[f"{DISTRICTS}/sldu/25001"]
    assert "At least 100 people in the Whole District have signed. When 200 have, the next" in told
    assert "At least 100 people in all" not in told
    assert read_titles(open_page(street_app, MAPS[0]).text) == [
        "Whole District: at least 100 signatures"
    ]
    assert read_rows(open_page(street_app, MAPS[0]).text) == ["Whole District 100+ not shown 0"]
    assert "Whole District" not in words[FRAMED]
    for path, told in words.items():
        assert not re.search(r"\b0\+? of|[Aa]t least 0|\b0\+", told), path


def test_a_closed_campaign_tells_the_least_too(street_app: Flask) -> None:
    fill(street_app, lay(street_app, state="closed"), 25, 5)

    words = read_words(open_page(street_app, f"{DISTRICTS}/sldl/25001"))

    assert "At least 20 people in the West District have signed." in words
    assert "of the next" not in words
