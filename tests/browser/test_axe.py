"""axe-core finds nothing on any public page: on a phone and on a desk, in light and in dark.

In the dark only what depends on colours is looked at again; the rest is the same page.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery import STATUSES, list_pages

AXE = Axe()
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
LOOKS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "light": ("light", {}),
    "dark": ("dark", COLOURS),
}


def list_faults(page: Page, options: Mapping[str, Any]) -> list[str]:
    """Return what axe finds on the page as it stands, in a line each."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE.axe_script)
    found = page.evaluate(
        "options => axe.run(options)", {"resultTypes": ["violations"]} | dict(options)
    )
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_page(live: Live, visitor: Visitor, width: ViewportSize) -> None:
    page = visitor.open(live.url, viewport=width)
    faults: list[str] = []
    for shown in list_pages(live.app):
        shown.open(page, live.url)
        for look, (scheme, options) in LOOKS.items():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            faults += [f"{shown.name}, {look}: {fault}" for fault in list_faults(page, options)]

    assert faults == []
    visitor.forgive(STATUSES)


def test_axe_sees_a_fault_and_the_dark(live: Live, visitor: Visitor) -> None:
    page = visitor.open(f"{live.url}/letters", color_scheme="dark")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style.color = '#222'")

    named = {fault.partition(":")[0] for fault in list_faults(page, {})}

    assert named == {"label", "color-contrast"}
