"""Draws every public page, and the pages of groups in the portals, for a phone and for a desk.

They go to var/screenshots. ``make screenshots`` runs it; no test does, since what is pretty only a
person can say.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery import STATUSES, lay_pages
from tests.browser.portal_world import (
    STAFF,
    fill_groups,
    invite_owner,
    lay_groups,
    list_partner_pages,
    list_staff_pages,
)
from tests.browser.test_accounts import accept

FOLDER = Path(__file__).parents[2] / "var" / "screenshots"
# Waits as well; a picture that does not come is drawn as it then is.
LOAD = """() => Promise.all([...document.images].map(it => {
  it.loading = "eager";
  return it.decode().catch(() => {});
}))"""
LOOKS = {
    "phone": {"viewport": PHONE},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "phone-spanish": {"viewport": PHONE, "locale": "es-US"},
    "desk": {"viewport": DESK},
}


def draw(page: Page, name: str, width: int) -> None:
    """Draw the page that is open."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    # What waits for somebody to scroll near it is in a picture of the whole page too.
    page.evaluate(LOAD)
    drawn = page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    assert Image.open(BytesIO(drawn)).width == width, name


def test_every_page_is_drawn(live: Live, visitor: Visitor) -> None:
    pages = {look: visitor.open("about:blank", **options) for look, options in LOOKS.items()}
    for shown in lay_pages(live.app):
        for look, page in pages.items():
            shown.open(page, live.url)
            draw(page, f"{shown.name}-{look}", LOOKS[look]["viewport"]["width"])
    visitor.forgive(STATUSES)


def test_the_portals_pages_of_groups_are_drawn(live: Live, visitor: Visitor) -> None:
    campaign_id = lay_groups(live.app)
    owner = visitor.open(live.url + invite_owner(live.app))
    accept(owner)
    staff = visitor.open(live.url + invite_to(live.app, STAFF, RoleName.ADMIN))
    accept(staff)
    fill_groups(live.app, campaign_id)
    for page, pages in ((owner, list_partner_pages()), (staff, list_staff_pages())):
        for shown in pages:
            for look, size in (("phone", PHONE), ("desk", DESK)):
                page.set_viewport_size(size)
                shown.open(page, live.url)
                draw(page, f"{shown.name}-{look}", size["width"])
        page.context.clear_cookies()
