"""A campaign before it opens, in a browser: previews, checklist, opening, pause."""

from flask import Flask
from playwright.sync_api import Page, expect

from petition.core.extensions import transaction
from petition.models import CampaignState, RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.factories import make_campaign, make_district, make_post

BASE = "/staff/campaigns/square"
KINDS = {
    "page": "Its public page",
    "confirmation": "The e-mail that asks a signer to confirm",
    "message": "The e-mail with the letter, to an office",
    "letter": "The letter, on screen",
}


def lay(app: Flask, **changes: object) -> None:
    """Lay a draft that nobody could receive."""
    with app.app_context(), transaction() as session:
        district = make_district(session)
        values = {
            "slug": "square",
            "title": "Keep the square open to everyone",
            "state": CampaignState.DRAFT,
            "ask": "Please keep the square open until ten.",
            "letter": "We meet in {{ district.name }}.\n\nKeep it open.",
            "accent": "#0b5a78",
        }
        make_campaign(session, **values | changes)
        post = make_post(session, district)
        post.active = False


def check(page: Page) -> None:
    """Check that axe finds nothing and nothing scrolls sideways, at three widths."""
    for width in (320, 640, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        check_width(page)
        assert list_faults(page) == [], (page.url, width)


def test_a_draft_is_previewed_checked_opened_and_paused_by_keyboard(
    live: Live, visitor: Visitor
) -> None:
    lay(live.app)
    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    page.goto(live.url + BASE)
    check(page)

    follow(page, "Preview")
    for kind, title in KINDS.items():
        page.goto(f"{live.url}{BASE}/preview?show={kind}&names=3")
        frame = page.frame_locator("iframe")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(frame.locator("body")).to_contain_text("square")
        if kind == "page":
            # Neither by Enter nor by the button: the frame sends nothing.
            frame.get_by_label("First name").fill("Ada")
            frame.get_by_role("button", name="Sign the letter").first.click()
            expect(frame.get_by_label("First name")).to_have_value("Ada")
            visitor.forgive("sandboxed")
            visitor.forgive("Blocked")
        check(page)
    page.goto(f"{live.url}{BASE}/preview?show=letter&names=many")
    expect(page.get_by_text("Enter a whole number from 1")).to_be_visible()
    visitor.forgive("422")
    check(page)

    page.set_viewport_size(NARROW)
    page.goto(f"{live.url}{BASE}/checklist")
    expect(page.get_by_role("heading", name="Problems")).to_be_visible()
    check(page)
    page.set_viewport_size(NARROW)
    press_by_keyboard(page, "Open the campaign")
    expect(page.get_by_role("alert")).to_contain_text("It was not opened.")
    visitor.forgive("409")
    assert list_faults(page) == []
    page.get_by_label("Open it despite the problem").check()
    page.get_by_label("Why?").fill("The roster comes on Monday")
    press_by_keyboard(page, "Open the campaign")
    expect(page.get_by_role("status")).to_have_text("The campaign is open.")

    follow(page, "Pause")
    check(page)
    page.set_viewport_size(NARROW)
    press_by_keyboard(page, "Pause the letters")
    expect(page.get_by_text("Write why, in a sentence without names.")).to_be_visible()
    visitor.forgive("422")
    page.get_by_label("Why?").fill("A wrong bill number")
    press_by_keyboard(page, "Pause the letters")
    expect(page.get_by_text("Reason: A wrong bill number")).to_be_visible()
    check(page)
    page.goto(f"{live.url}/campaigns/square")
    expect(page.get_by_text("You can still sign")).to_be_visible()
    check(page)

    page.set_viewport_size(DESK)
    page.goto(f"{live.url}/staff/attention")
    page.get_by_label("Why can it be resumed?").fill("It is corrected")
    press_by_keyboard(page, "Resume letters of Keep the square")
    expect(page.get_by_role("status")).to_contain_text("Resumed")
    follow(page, "Stop or resume the letters of all campaigns")
    check(page)
    page.get_by_label("Why?").fill("An office asked")
    press_by_keyboard(page, "Stop all letters")
    expect(page.get_by_role("heading", level=1)).to_have_text("All letters are stopped")
    page.emulate_media(color_scheme="dark")
    check(page)
    page.context.clear_cookies()
