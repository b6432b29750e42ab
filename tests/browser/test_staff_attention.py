"""Attention in a browser: by keyboard alone, at 320 pixels, and axe finds nothing."""

from playwright.sync_api import Page, expect

from petition.models import LaneName, RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.web.test_staff_attention import make_review, stop_lane

NARROW = {"width": 320, "height": 640}


def press_by_keyboard(page: Page, name: str) -> None:
    """Reach a button with the tabulator key alone, and press it."""
    wanted = page.get_by_role("button", name=name).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("button => button === document.activeElement"):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def test_a_lane_is_taken_and_resumed_by_keyboard_on_a_narrow_screen(
    live: Live, visitor: Visitor
) -> None:
    make_review(live.app, number=2)
    stop_lane(live.app, LaneName.LETTERS)
    link = invite_to(live.app, "staff@staff.example", RoleName.ADMIN)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    follow(page, "Attention")
    check_width(page)

    page.get_by_text("Assign, defer or note").first.click()
    check_width(page)
    assert list_faults(page) == []
    page.reload()
    press_by_keyboard(page, "Assign to me")
    expect(page.get_by_text("Yours since")).to_be_visible()
    press_by_keyboard(page, "Resume")  # without a reason
    expect(page.get_by_text("Write why, in a sentence without names.")).to_be_visible()
    visitor.forgive("422")
    assert list_faults(page) == []
    page.get_by_label("Why can it be resumed?").fill("A new password")
    press_by_keyboard(page, "Resume")
    expect(page.get_by_role("status")).to_contain_text("Resumed")
    expect(page.get_by_text("Letters are paused")).to_have_count(0)

    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert list_faults(page) == []
    follow(page, "My account")
    press_by_keyboard(page, "Switch them on")
    expect(page.get_by_text("You get an e-mail once a day")).to_be_visible()
    assert list_faults(page) == []
    page.context.clear_cookies()
