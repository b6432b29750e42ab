"""The map: what it shades and says, what it never tells, and that the table says the same."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from shapely.geometry import shape

from petition.core.errors import ConfigurationError
from petition.core.extensions import db, transaction
from petition.models import Campaign, District
from petition.redistricting.activation import activate
from petition.web.maps import find_widest
from tests.factories import make_campaign, make_district, make_located
from tests.ground import GEOID
from tests.web.public_world import (
    CAMPAIGN,
    DISTRICT,
    World,
    list_links,
    make_world,
    open_page,
    read_words,
)
from tests.web.street_world import AREAS, store_areas

MAP = f"{CAMPAIGN}/map"
STATE = f"{MAP}/ma/county"
TILES = {
    "PETITION_TILE_URL": "https://tiles.example:8443/{z}/{x}/{y}.png?key=1",
    "PETITION_TILE_ATTRIBUTION": "© Map <Makers>",
}


def read_titles(page: str) -> list[str]:
    """Return what each district on the drawing says, in order."""
    return [unescape(title) for title in re.findall(r"<a [^>]*><title>([^<]*)</title>", page)]


def read_rows(page: str) -> list[str]:
    """Return the rows of the table as a person reads them."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = (re.sub(r"<[^>]+>", " ", row) for row in body.split("</tr>"))
    return [" ".join(unescape(row).split()) for row in rows if row.strip()]


def add_county(world: World, people: int, **changes: str) -> None:
    """Put another county in force, without a shape, and let its people be counted."""
    with world.app.app_context():
        with transaction() as session:
            district = make_district(session, **changes)
            campaign = session.get_one(Campaign, world.campaign_id)
            if people:
                make_located(session, campaign, district, people)
    world.count(0)


def test_a_campaigns_own_page_draws_the_state_in_which_most_have_signed(app: Flask) -> None:
    world = make_world(app)
    address = f"{CAMPAIGN}/map/ma/county.svg"
    assert f'src="{address}"' in open_page(app, CAMPAIGN).text

    world.send(world.count(120)[0])
    page = open_page(app, CAMPAIGN)
    picture = open_page(app, address)

    assert f'src="{address}"' in page.text and 'loading="lazy"' in page.text
    assert picture.mimetype == "image/svg+xml"
    # One county, shaded as a hundred and more are, with the dot of a letter that has gone.
    assert picture.text.count("<path ") == 3
    assert 'fill-opacity="0.68"' in picture.text
    assert "style" not in picture.text and "<script" not in picture.text
    assert open_page(app, f"{CAMPAIGN}/map/ma/cd.svg").status_code == 404


def test_one_state_alone_is_shown_at_once(app: Flask) -> None:
    world = make_world(app)
    world.count(22)

    answer = open_page(app, MAP)

    assert answer.status_code == 302
    assert answer.headers["Location"] == STATE


def test_several_states_are_listed_with_what_their_districts_show(app: Flask) -> None:
    world = make_world(app)
    world.count(22)
    add_county(world, 30, state="RI", name="Bristol County")
    add_county(world, 9, state="RI", name="Kent County")
    add_county(world, 9, state="NH", name="Coös County")

    page = open_page(app, MAP)

    assert read_rows(page.text) == ["Massachusetts 22 1 0", "Rhode Island 30 1 0"]
    assert STATE in list_links(page) and f"{MAP}/ri/county" in list_links(page)
    assert "New Hampshire" not in page.text


def test_before_anything_may_be_shown_the_overview_says_so(app: Flask) -> None:
    world = make_world(app)
    add_county(world, 9, state="RI")

    words = read_words(open_page(app, MAP))

    assert "The map is still empty" in words
    assert "Massachusetts" not in words and "Rhode Island" not in words


def test_the_drawing_and_the_table_say_the_same(app: Flask) -> None:
    world = make_world(app)
    world.send(world.count(163)[0])

    page = open_page(app, STATE)

    assert page.status_code == 200
    assert read_titles(page.text) == [
        "Middlesex County: 163 signatures, 63 of the next 100. 1 letter sent"
    ]
    assert read_rows(page.text) == ["Middlesex County 163 63 of 100 1"]
    assert list(list_links(page)).count(DISTRICT) == 2
    assert '<path class="s3" d="M' in page.text
    assert 'class="sent"' in page.text.partition("</svg>")[2].partition("<figcaption>")[0]


def test_the_legend_names_every_class(app: Flask) -> None:
    make_world(app)

    words = read_words(open_page(app, STATE))

    assert "not shown 10 to 49 50 to 99 100 to 499 500 or more" in words
    assert "a letter was sent" in words


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_count_under_ten_is_never_told_apart(app: Flask, people: int) -> None:
    world = make_world(app)
    before = [open_page(app, path).text for path in (STATE, f"{STATE}.json")]
    if people:
        world.count(people)

    after = [open_page(app, path).text for path in (STATE, f"{STATE}.json")]

    assert after[1] == before[1]
    assert after[0].partition("Counted")[0] == before[0].partition("Counted")[0]
    assert read_rows(after[0]) == ["Middlesex County not shown not shown 0"]
    assert read_titles(after[0]) == ["Middlesex County: number not shown yet"]


def test_the_json_is_geojson_with_the_words_of_the_page(app: Flask) -> None:
    world = make_world(app)
    world.count(63)
    page = open_page(app, STATE)

    answer = open_page(app, f"{STATE}.json")

    assert answer.mimetype == "application/geo+json"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    [feature] = answer.get_json(force=True)["features"]
    assert feature["id"] == GEOID
    assert shape(feature["geometry"]).bounds == pytest.approx((-72.0, 42.0, -70.5, 43.0), abs=0.01)
    properties = feature["properties"]
    assert [properties["words"]] == read_titles(page.text)
    assert properties["page"] == DISTRICT
    assert (properties["shade"], properties["letters"]) == (2, 0)


def test_a_district_without_a_shape_is_in_the_table_alone(app: Flask) -> None:
    world = make_world(app)
    add_county(world, 20, name="Shapeless County")

    page = open_page(app, STATE)

    assert [row.partition(" County")[0] for row in read_rows(page.text)] == [
        "Shapeless",
        "Middlesex",
    ]
    assert len(read_titles(page.text)) == 1


def test_a_campaign_of_several_layers_has_a_map_of_each(app: Flask) -> None:
    with app.app_context():
        for layer in ("sldu", "sldl"):
            activate(store_areas(AREAS, "test", layer))
        with transaction() as session:
            make_campaign(session, slug="finer", layers=["sldu", "sldl"])

    page = open_page(app, "/campaigns/finer/map/MA")

    assert "<h1>State senate districts of Massachusetts</h1>" in page.text
    assert '<a href="/campaigns/finer/map/ma/sldu" aria-current="page">' in page.text
    assert len(read_titles(page.text)) == 2
    assert "State house districts" in open_page(app, "/campaigns/finer/map/ma/sldl").text


def test_links_on_the_drawing_come_in_the_order_of_the_table(app: Flask) -> None:
    with app.app_context():
        activate(store_areas(AREAS, "test", "sldl"))
        with transaction() as session:
            campaign = make_campaign(session, slug="finer", layers=["sldl"])
            east = session.query(District).filter_by(name="East District").one()
            make_located(session, campaign, east, 20)
        World(app, campaign.id, east.id).count(0)

    page = open_page(app, "/campaigns/finer/map/ma")

    names = [title.partition(":")[0] for title in read_titles(page.text)]
    assert names == ["East District", "West District"]
    rows = read_rows(page.text)
    assert all(row.startswith(name) for row, name in zip(rows, names, strict=True))


def test_what_there_is_no_map_of_is_not_found(app: Flask) -> None:
    make_world(app)

    for path in ("ri", "zz", "ma/sldu", "ma/planet", "ma/county/x", "zz/county.json"):
        assert open_page(app, f"{MAP}/{path}").status_code == 404, path
    # What stuck to an address is cut.
    assert open_page(app, f"{MAP}/ma/%00").headers["Location"] == f"{MAP}/ma"
    nowhere = read_words(open_page(app, f"{MAP}/ri"))
    assert "We have no map of counties in Rhode Island." in nowhere
    assert open_page(app, "/campaigns/no-such/map").status_code == 404


def test_names_are_printed_and_never_read_as_markup(app: Flask) -> None:
    world = make_world(app)
    add_county(world, 20, name='</title><script>"x"</script>')

    page = open_page(app, STATE)

    assert "<script>" not in page.text
    assert "&lt;/title&gt;&lt;script&gt;" in page.text


def test_no_other_host_is_asked_for_anything(app: Flask) -> None:
    make_world(app)

    page = open_page(app, STATE)

    asked = re.sub(r'<link rel="canonical"[^>]*>', "", page.text)  # a browser asks for none
    assert not re.search(r'(?:src|href|data-\w+)="(?:https?:)?//', asked)
    assert "img-src 'self';" in page.headers["Content-Security-Policy"]
    assert "data-tiles" not in page.text


def test_tiles_are_let_in_on_the_maps_page_alone_and_named(make_app: Callable[..., Flask]) -> None:
    app = make_app(**TILES)
    make_world(app)

    page = open_page(app, STATE)

    assert "img-src 'self' https://tiles.example:8443;" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert 'data-tiles="https://tiles.example:8443/{z}/{x}/{y}.png?key=1"' in page.text
    assert 'data-attribution="© Map &lt;Makers&gt;"' in page.text
    for path in (CAMPAIGN, MAP, f"{STATE}.json"):
        assert "tiles.example" not in open_page(app, path).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PETITION_TILE_URL", "ftp://tiles.example/{z}/{x}/{y}.png"),
        ("PETITION_TILE_URL", "https://tiles.example/{z}/{x}.png"),
        ("PETITION_TILE_URL", "https:///{z}/{x}/{y}.png"),
        ("PETITION_TILE_URL", "https://{s}.tiles.example/{z}/{x}/{y}.png"),
        ("PETITION_TILE_URL", "https://tiles.example;script-src/{z}/{x}/{y}.png"),
        ("PETITION_TILE_URL", "https://tiles.example *.example/{z}/{x}/{y}.png"),
        ("PETITION_TILE_ATTRIBUTION", ""),
    ],
)
def test_a_wrong_tile_address_stops_the_start_by_name(
    make_app: Callable[..., Flask], setting: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make_app(**(TILES | {setting: value}))

    assert refused.value.setting == setting


def test_leaflet_comes_from_our_own_host_and_is_kept_for_good(app: Flask) -> None:
    make_world(app)
    page = open_page(app, STATE).text
    found = re.findall(r'"(/static/leaflet/[^"]+)"', page)

    assert len(found) == 2
    for address in found:
        answer = open_page(app, address)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    for name in ("leaflet.js.map", "leaflet-src.js", "..%2f__init__.py", "images/layers.png"):
        assert open_page(app, f"/static/leaflet/{name}").status_code == 404


def test_a_campaign_of_several_states_shows_the_country_first(app: Flask) -> None:
    world = make_world(app)
    world.count(40)
    add_county(world, 30, state="RI", name="Bristol County")
    add_county(world, 9, state="NH", name="Coös County")

    page = open_page(app, CAMPAIGN)
    picture = open_page(app, f"{MAP}/us.svg")

    assert f'src="{MAP}/us.svg"' in page.text and f'srcset="{MAP}/us-dark.svg"' in page.text
    assert picture.mimetype == "image/svg+xml" and picture.text.count("<path ") == 52
    # Two are shaded. The nine of the third are as blank as a state in which nobody has signed.
    assert len(re.findall(r'fill-opacity="0\.\d', picture.text)) == 2
    assert read_titles(open_page(app, MAP).text) == [
        "Rhode Island: 30 signatures",
        "Massachusetts: 40 signatures",
    ]


def test_the_country_shades_by_what_the_table_says_and_leads_to_the_states(app: Flask) -> None:
    world = make_world(app)
    world.send(world.count(120)[0])
    add_county(world, 30, state="RI", name="Bristol County")

    page = open_page(app, f"{MAP}?lang=es")

    found = re.findall(r'<a href="([^"]+)"><title>([^<]+)</title><path class="(s\d)"', page.text)
    assert [(path, shade) for path, _, shade in found] == [
        (f"{MAP}/ri/county?lang=es", "s1"),
        (f"{MAP}/ma/county?lang=es", "s3"),
    ]
    assert "120 firmas, 1 carta enviada" in unescape(found[1][1])


def test_who_has_looked_a_zip_up_sees_their_own_state(app: Flask) -> None:
    world = make_world(app)
    world.count(40)
    add_county(world, 60, state="RI", name="Bristol County")

    with app.app_context():
        campaign = db.session.get_one(Campaign, world.campaign_id)
        assert find_widest(campaign) == ("US", "")
        assert find_widest(campaign, ("MA", "county")) == ("MA", "county")
        assert find_widest(campaign, ("MA", "cd")) == ("US", "")


@pytest.mark.parametrize("name", ["us", "ma/county"])
def test_on_dark_ground_the_picture_is_dark(app: Flask, name: str) -> None:
    make_world(app, accent="#7a1f3d").count(40)

    light, dark = (open_page(app, f"{MAP}/{name}{end}.svg").text for end in ("", "-dark"))

    assert "#7a1f3d" in light and "#84c9e3" not in light
    assert "#84c9e3" in dark and "#7a1f3d" not in dark and "#fff" not in dark


def test_many_districts_without_a_number_are_one_line_that_opens_their_names(app: Flask) -> None:
    world = make_world(app)
    world.count(40)
    for number in range(7):
        add_county(world, 0, name=f"Quiet {number} County")
    add_county(world, 9, name="Almost County")

    page = open_page(app, STATE)

    assert read_rows(page.text) == ["Middlesex County 40 40 of 100 0"]
    names = page.text.partition('class="map-names"')[2].partition("</ul>")[0]
    # The nine stand among those of whom nobody has signed, and are told apart by nothing.
    assert re.findall(r">([^<>]+ County)<", names) == [
        "Almost County",
        *(f"Quiet {number} County" for number in range(7)),
    ]
    assert "Counties that show no number yet: 8" in read_words(page)
