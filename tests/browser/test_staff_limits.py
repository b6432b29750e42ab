"""The limits of the brake in a browser: tried and set on a narrow screen, and axe finds nothing."""

from playwright.sync_api import expect

from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.web.held_world import make_held


def test_limits_are_tried_and_set_on_a_narrow_screen(live: Live, visitor: Visitor) -> None:
    make_held(live.app, robots=3)
    link = invite_to(live.app, "staff@staff.example", RoleName.REVIEWER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    follow(page, "Hundreds")
    page.get_by_role("link", name="Limits of the check").click()
    check_width(page)
    assert list_faults(page) == []

    page.get_by_label("From one network").fill("20")
    press_by_keyboard(page, "Try these limits")
    expect(page.get_by_role("link", name="Hundred 1")).to_be_visible()
    check_width(page)
    assert list_faults(page) == []
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == []
    page.get_by_label("Why?").fill("Fairs")
    page.get_by_role("button", name="Set these limits").click()
    expect(page.get_by_role("status")).to_contain_text("The limits are set")
    expect(page.get_by_label("From one network")).to_have_value("20")
    page.context.clear_cookies()
