"""Accounts and figures in a browser: by keyboard, at 320 pixels, and axe finds nothing."""

import re

from playwright.sync_api import Page, expect

from petition.models import RoleName
from petition.totals.kept_totals import renew_totals_kept
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.web.staff_world import make_delivery, make_staff

TABLET = {"width": 640, "height": 900}
OTHER = "somebody.with.a.long.address@an-office-of-staff.example"


def enter(live: Live, visitor: Visitor) -> Page:
    link = invite_to(live.app, "staff@staff.example", RoleName.ADMIN)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    return page


def check_sizes(page: Page) -> None:
    """Look at the page at each width, in both color schemes."""
    for size in (NARROW, TABLET, DESK):
        page.set_viewport_size(size)
        check_width(page)
        assert list_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)


def test_accounts_are_read_and_changed_by_keyboard_on_a_narrow_screen(
    live: Live, visitor: Visitor
) -> None:
    make_staff(live.app, RoleName.REVIEWER, OTHER)
    page = enter(live, visitor)
    follow(page, "Accounts")
    page.get_by_role("textbox", name="E-mail address").fill("noor@staff.example")
    press_by_keyboard(page, "Send the invitation")
    expect(page.get_by_role("status")).to_contain_text("will be sent")
    expect(page.get_by_text("noor@staff.example").first).to_be_visible()
    check_sizes(page)

    page.get_by_label("Part of an e-mail address").fill("somebody")
    press_by_keyboard(page, "Find")
    assert "somebody" not in page.url
    page.get_by_role("link", name=OTHER).click()
    check_sizes(page)
    press_by_keyboard(page, "Give the role")
    expect(page.get_by_role("status")).to_contain_text("now has the role reader")
    press_by_keyboard(page, "Remove the second factor")
    expect(page.get_by_role("alert")).to_contain_text("then check the box")
    visitor.forgive("422")
    assert list_faults(page) == []
    press_by_keyboard(page, "Close the account")
    expect(page.get_by_text("and cannot sign in.")).to_be_visible()
    press_by_keyboard(page, "Open the account again")
    expect(page.get_by_role("status")).to_contain_text("can sign in")
    page.context.clear_cookies()


def test_figures_are_charts_with_tables_at_every_width(live: Live, visitor: Visitor) -> None:
    make_delivery(live.app)
    with live.app.app_context():
        renew_totals_kept()
    page = enter(live, visitor)
    follow(page, "Figures")
    expect(page.get_by_role("img", name="Signatures by day")).to_be_visible()
    check_sizes(page)

    for summary in page.get_by_text("As a table").all():
        summary.focus()
        page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="95th percentile")).to_have_count(1)
    check_sizes(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("signatures by day")).click()
    assert download.value.suggested_filename.startswith("days-")

    page.get_by_role("link", name="How the service is running").click()
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    check_sizes(page)
    page.context.clear_cookies()
