"""At 400% a desk of 1280 pixels is 320 wide: nothing scrolls sideways on any public page."""

from playwright.sync_api import ViewportSize

from tests.browser.conftest import Live, Visitor
from tests.browser.gallery import STATUSES, list_pages

ZOOMED: ViewportSize = {"width": 320, "height": 256}


def test_nothing_scrolls_sideways_at_400_percent(live: Live, visitor: Visitor) -> None:
    page = visitor.open(live.url, viewport=ZOOMED)
    wide: dict[str, int] = {}
    for shown in list_pages(live.app):
        shown.open(page, live.url)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > ZOOMED["width"]:
            wide[shown.name] = width

    assert wide == {}
    visitor.forgive(STATUSES)
