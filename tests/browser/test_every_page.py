"""Every public page: axe-core finds nothing, and nothing scrolls sideways at 400%.

- A page is looked at whole on a phone in the light, and again on a desk in the dark by what depends
  on the layout or on colours: the rest is the same page.
- At 400% a desk of 1280 pixels is 320 wide. Spanish words are longer, so both languages are tried.
"""

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery import STATUSES, lay_pages

SCRIPT = Axe().axe_script
# What depends on colours or on the layout.
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
ZOOMED: ViewportSize = {"width": 320, "height": 256}


def list_faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe finds on the page as it stands, in a line each; by all rules or by these."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(SCRIPT)
    options: Mapping[str, Any] = {"runOnly": rules} if rules else {}
    found = page.evaluate(
        "options => axe.run(options).then(found => found.violations)",
        {"resultTypes": ["violations"], "preload": False, **options},
    )
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def list_faults_of_both_looks(page: Page) -> list[str]:
    """Return what axe finds on a page on a phone in the light, and on a desk in the dark."""
    faults = list_faults(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(DESK)
    faults += [f"desk, dark: {fault}" for fault in list_faults(page, LOOKS)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    return faults


def list_overflow(page: Page) -> list[str]:
    """Return how wide the page is, where it is wider than its screen."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} pixels wide"] if width > ZOOMED["width"] else []


def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(
    live: Live, visitor: Visitor
) -> None:
    page = visitor.open(live.url)
    faults: list[str] = []
    for shown in lay_pages(live.app):
        shown.open(page, live.url)
        found = list_faults_of_both_looks(page)
        page.set_viewport_size(ZOOMED)
        found += list_overflow(page)
        page.set_viewport_size(PHONE)
        faults += [f"{shown.name}: {fault}" for fault in found]

    assert faults == []
    visitor.forgive(STATUSES)


def test_no_page_scrolls_sideways_in_spanish(live: Live, visitor: Visitor) -> None:
    page = visitor.open("about:blank", viewport=ZOOMED, locale="es-US")
    faults: list[str] = []
    for shown in lay_pages(live.app):
        shown.open(page, live.url)
        faults += [f"{shown.name}: {fault}" for fault in list_overflow(page)]
        assert page.evaluate("document.documentElement.lang") == "es"

    assert faults == []
    visitor.forgive(STATUSES)


def test_a_fault_is_seen_in_each_look(live: Live, visitor: Visitor) -> None:
    page = visitor.open(f"{live.url}/letters")
    page.evaluate("document.querySelector('label').remove()")
    # Too faint on light paper and on dark.
    page.locator("footer p").first.evaluate("it => { it.style.color = '#777' }")

    named = {fault.rpartition(": <")[0] for fault in list_faults_of_both_looks(page)}
    page.set_viewport_size(ZOOMED)
    page.locator("h1").evaluate("it => { it.style.width = '400px' }")

    assert named == {"label", "color-contrast", "desk, dark: color-contrast"}
    assert list_overflow(page) != []
