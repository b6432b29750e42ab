"""The map in a real browser: the drawing alone, and Leaflet in its place."""

from playwright.sync_api import expect

from petition.core.extensions import transaction
from petition.models import Campaign, District
from petition.redistricting.activation import activate
from tests.browser.conftest import DESK, Live, Visitor
from tests.factories import make_campaign, make_located
from tests.web.public_world import World
from tests.web.street_world import AREAS, store_areas

MAP = "/campaigns/finer/map"


def lay_map(live: Live) -> None:
    """Put two districts in force, of which the eastern has twenty signatures."""
    with live.app.app_context():
        activate(store_areas(AREAS, "test", "sldl"))
        with transaction() as session:
            campaign: Campaign = make_campaign(session, slug="finer", layers=["sldl"])
            east = session.query(District).filter_by(name="East District").one()
            make_located(session, campaign, east, 20)
        World(live.app, campaign.id, east.id).count(0)


def test_without_a_script_the_drawing_leads_to_the_districts(live: Live, visitor: Visitor) -> None:
    lay_map(live)

    page = visitor.open(live.url + MAP, java_script_enabled=False)
    link = page.locator("svg.map").first.get_by_role("link", name="East District: 20 signatures")
    link.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("East District, MA")


def test_leaflet_takes_the_drawings_place_and_says_the_same(live: Live, visitor: Visitor) -> None:
    lay_map(live)

    page = visitor.open(live.url + MAP, viewport=DESK)
    chart = page.locator(".leaflet-container")
    expect(chart.get_by_role("link")).to_have_count(2)

    expect(page.locator(".map-frame > svg")).to_be_hidden()
    east = chart.get_by_role("link", name="East District: 20 signatures, 20 of the next 100")
    expect(east).to_have_class("s1 leaflet-interactive")
    expect(chart.get_by_role("button", name="Zoom in")).to_be_visible()
    expect(chart.get_by_role("button", name="Zoom out")).to_be_visible()
    east.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("East District: 20 signatures")
    east.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("East District, MA")


def test_the_keyboard_goes_through_the_map_in_the_order_of_the_table(
    live: Live, visitor: Visitor
) -> None:
    lay_map(live)

    page = visitor.open(live.url + MAP)
    chart = page.locator(".leaflet-container")
    expect(chart.get_by_role("link")).to_have_count(2)
    page.get_by_role("link", name="Skip the map").focus()
    seen: list[str] = []
    while len(seen) < 4:
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.text"
        )
        if name and "District" in name:
            seen.append(name.partition(":")[0])

    assert seen == ["East District", "West District"] * 2
    page.get_by_role("link", name="Skip the map").focus()
    chart.get_by_role("link", name="West District").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("West District, MA")


def test_a_map_that_cannot_be_loaded_leaves_the_drawing(live: Live, visitor: Visitor) -> None:
    lay_map(live)

    page = visitor.open(live.url)
    page.route("**/*.json", lambda route: route.abort())
    page.goto(live.url + MAP)
    page.wait_for_timeout(300)

    expect(page.locator(".map-frame > svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    visitor.expect_complaint("ERR_FAILED")
