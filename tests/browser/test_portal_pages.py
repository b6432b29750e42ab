"""The portal's pages of a group and the staff's about groups, full and empty.

- axe-core finds nothing in either look, nothing scrolls sideways at 200% and 400% of a desk of 1280
  pixels, and wherever Tab leads, the focus has an outline and is on the screen.
"""

from collections.abc import Iterable

from playwright.sync_api import Page

from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.gallery import Shown
from tests.browser.lists_and_hooks import DRAFT, EVENTS, READ, WORKS
from tests.browser.portal_world import (
    PORTAL,
    STAFF,
    fill_groups,
    invite_owner,
    lay_groups,
    list_group_pages,
    list_partner_pages,
    list_staff_pages,
)
from tests.browser.test_accounts import accept
from tests.browser.test_every_page import list_faults_of_both_looks
from tests.browser.test_keyboard import FOCUS

ZOOMS = (640, 320)  # pixels: 200% and 400% of 1280
TABBED = (
    "people",
    "messages",
    "messages/2",
    "exports",
    "imports",
    f"imports/{READ}",
    f"imports/{DRAFT}",
    "webhooks",
    f"webhooks/{WORKS}",
    f"deliveries/{EVENTS['given-up']}",
    "reach?words=count",
    "record",
    "members",
)
STOPS = {"record": 0, f"deliveries/{EVENTS['given-up']}": 2}  # at least; 3 elsewhere
MOST_TABS = 120


def find_faults(page: Page, url: str, pages: Iterable[Shown]) -> list[str]:
    """Return what is wrong with each page, in a line each."""
    faults = []
    for shown in pages:
        shown.open(page, url)
        faults += [f"{shown.name}: {fault}" for fault in list_faults_of_both_looks(page)]
        for width in ZOOMS:
            page.set_viewport_size({"width": width, "height": 400})
            found = page.evaluate("document.documentElement.scrollWidth")
            faults += [f"{shown.name}: {found} of {width} pixels wide"] if found > width else []
        page.set_viewport_size(PHONE)
    return faults


def walk(page: Page) -> int:
    """Press Tab through the whole page; return how many stops of its content it has."""
    stops = 0
    for number in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        # Of a page that scrolls far, Chromium leads from the last stop to the first at once.
        is_first = page.evaluate("document.activeElement.matches('.skip')")
        if focus["tag"] == "BODY" or (number and is_first):
            return stops
        # The button inside a field for a day has the browser's own outline, which no style tells.
        is_day = page.evaluate("document.activeElement.type") in ("date", "datetime-local")
        assert focus["seen"] and (focus["outlined"] or is_day), (page.url, focus)
        stops += page.evaluate("!!document.activeElement.closest('main')")
    raise AssertionError(f"{page.url} has more than {MOST_TABS} stops")


def test_the_pages_of_groups_are_for_everybody(live: Live, visitor: Visitor) -> None:
    campaign_id = lay_groups(live.app)
    owner = visitor.open(live.url + invite_owner(live.app))
    accept(owner)
    staff = visitor.open(live.url + invite_to(live.app, STAFF, RoleName.ADMIN))
    accept(staff)
    fill_groups(live.app, campaign_id)

    faults = find_faults(owner, live.url, [*list_partner_pages(), *list_group_pages()])
    faults += find_faults(staff, live.url, list_staff_pages())
    assert faults == []

    for path in TABBED:
        owner.goto(f"{live.url}{PORTAL}/{path}")
        assert walk(owner) >= STOPS.get(path, 3), path
    for page in (owner, staff):
        page.context.clear_cookies()
