"""What the campaign page asks for, as docs/page-weight.md lists it, and what it may weigh."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery_world import lay_real
from tests.docs.pages import DOCS, read_table
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN

HEAVIEST = 100_000  # bytes, without the map, which is a page of its own
APART = 0.1  # how far a size in the table may be from the measured one
DIGEST = re.compile(r"\.[0-9a-f]{10}(?=\.woff2$)")


def name_request(address: str) -> str:
    """Return the path of a request as the table has it, without what changes with the bytes."""
    return DIGEST.sub("", urlsplit(address).path.replace(SLUG, "<slug>"))


def test_the_campaign_page_asks_for_what_the_table_lists_and_is_light(
    live: Live, visitor: Visitor
) -> None:
    lay_real(live.app)
    answers: list[Response] = []

    page = visitor.open("about:blank")
    page.on("response", lambda answer: answers.append(answer))
    page.goto(live.url + CAMPAIGN, wait_until="networkidle")
    sizes = {name_request(answer.url): len(answer.body()) for answer in answers}
    # Playwright never tells of the icon, which browsers fetch when they please.
    icon = page.locator("link[rel=icon]").evaluate("link => link.href")
    sizes[name_request(icon)] = len(page.request.get(icon).body())

    table = read_table(DOCS / "page-weight.md", "request")
    listed = {row[0].strip("`"): float(row[2].strip("| ")) for row in table}
    assert listed.keys() == sizes.keys()
    far = {  # kilobytes: as listed, as measured
        name: (listed[name], size / 1000)
        for name, size in sizes.items()
        if abs(listed[name] * 1000 - size) > max(APART * size, 100)
    }
    assert far == {}
    assert sum(sizes.values()) < HEAVIEST


def test_the_page_is_painted_before_any_script_has_come(live: Live, visitor: Visitor) -> None:
    lay_real(live.app)

    page = visitor.open("about:blank")
    page.route(re.compile(r"\.js(\?|$)"), lambda route: None)  # never answered
    page.goto(live.url + CAMPAIGN, wait_until="commit")
    painted = "performance.getEntriesByName('first-contentful-paint').length"
    while not page.evaluate(painted):
        page.wait_for_timeout(50)

    assert page.evaluate("document.readyState") != "complete"
    assert page.get_by_role("button", name="Sign the letter").is_visible()


SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) { window.shifted += entry.value; }
}).observe({ type: "layout-shift", buffered: true });
"""
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_moves_when_the_fonts_come(
    live: Live, visitor: Visitor, viewport: dict[str, int]
) -> None:
    lay_real(live.app)
    page = visitor.open("about:blank", viewport=viewport)
    page.add_init_script(SHIFTS)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)  # slow 3G

    for path in (CAMPAIGN, "/"):
        page.goto(live.url + path, wait_until="networkidle")
        page.wait_for_timeout(500)
        assert page.evaluate("document.fonts.check('16px \"Hundredth Sans\"')")
        assert page.evaluate("window.shifted") < 0.02, path
