"""The editor in a browser: a campaign from nothing to open, without a shell and by a phone."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Organization, RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.gallery import Shown
from tests.browser.test_accounts import accept, check_width, follow, press
from tests.browser.test_portal_pages import find_faults, walk
from tests.factories import make_signature
from tests.pictures import make_picture

SLUG = "library-hours"
ONE = f"/staff/campaigns/{SLUG}"
TYPED = {
    "Title (required)": "Keep the library open in the evening",
    "Name in addresses": SLUG,
    "The ask, in one sentence": "Please keep the libraries open until nine.",
    "The letter (required)": "Our libraries close early.\n\nPlease keep them open until nine.",
    "Number of the bill": "S.1234",
    "Who sends the letter (required)": "Friends of Reading\nRiders Together",
    "Signing ends": "2031-06-30T23:59",
    "A sentence under the title": "Ask them to open until nine.",
    "What you changed, and why": "The first text.",
}


def fill(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).first.fill(words)


def enter(live: Live, visitor: Visitor) -> Page:
    link = invite_to(live.app, "kim@staff.example", RoleName.ADMIN)
    page = visitor.open(live.url + link, viewport=PHONE)
    accept(page)
    return page


def open_with_warnings(page: Page) -> None:
    """Open the campaign, which has warnings and no problem."""
    follow(page, "Checklist")
    press(page, "Open the campaign")
    expect(page.get_by_role("status")).to_have_text("The campaign is open.")


def test_a_campaign_goes_from_nothing_to_open_without_a_shell(
    live: Live, visitor: Visitor, tmp_path: Path
) -> None:
    with live.app.app_context(), transaction() as session:
        session.add(Organization(slug="riders", name="Riders Together"))
    page = enter(live, visitor)
    follow(page, "Campaigns")
    follow(page, "Write a new campaign")
    check_width(page)

    press(page, "Save as a draft campaign")
    expect(page.get_by_role("alert")).to_contain_text("4 things to correct")
    visitor.forgive("400")
    check_width(page)
    for label, words in TYPED.items():
        fill(page, label, words)
    page.get_by_label("Time zone").select_option(label="Pacific time")
    page.get_by_label("Position on the bill").select_option(label="Supports it")
    fill(page, "Color of buttons", "#ffff00")
    press(page, "Save as a draft campaign")
    expect(page.locator("#wrong-accent")).to_contain_text("Choose a darker color.")
    visitor.forgive("400")
    expect(page.locator("#letter")).to_have_value(TYPED["The letter (required)"])
    fill(page, "Color of buttons", "#0b5a78")
    press(page, "Save as a draft campaign")
    expect(page.get_by_role("status")).to_contain_text("saved as a draft")

    follow(page, "Pictures")
    picture = tmp_path / "square.png"
    picture.write_bytes(make_picture(size=(40, 40)))
    page.locator("#file").set_input_files(picture)
    fill(page, "What it shows", "The library at night")
    press(page, "Upload the picture")
    expect(page.get_by_role("img", name="The library at night")).to_be_visible()
    follow(page, "Consents")
    page.locator("#organization").select_option(label="Riders Together")
    fill(page, "Wording of the request", "Send me news of your work.")
    press(page, "Ask signers")
    expect(page.get_by_text("Send me news of your work.")).to_be_visible()
    open_with_warnings(page)

    public = visitor.open(f"{live.url}/campaigns/{SLUG}", viewport=PHONE)
    expect(public.get_by_role("heading", level=1)).to_contain_text("Keep the library open")
    expect(public.get_by_role("img", name="The library at night")).to_be_visible()

    follow(page, "Edit")
    fill(page, "A sentence under the title", "Open until nine, each evening.")
    press(page, "Save as a draft")
    expect(page.get_by_text("A draft of the next version.", exact=True)).to_be_visible()
    follow(page, "What it changes")
    expect(page.locator("ins").first).to_contain_text("Open")
    follow(page, "Edit")
    press(page, "Publish now")
    expect(page.get_by_role("status")).to_contain_text("1 field changed")
    follow(page, "Versions")
    page.get_by_role("button", name="Put back version 1").click()
    expect(page.get_by_role("status")).to_contain_text("as version 3")
    page.context.clear_cookies()


def test_the_pages_of_a_campaign_are_for_everybody(live: Live, visitor: Visitor) -> None:
    page = enter(live, visitor)
    page.goto(f"{live.url}/staff/campaigns/new")
    for label, words in TYPED.items():
        fill(page, label, words)
    press(page, "Save as a draft campaign")
    page.goto(f"{live.url}{ONE}")
    open_with_warnings(page)

    names = ("", "/edit", "/versions", "/versions/compare", "/pictures", "/consents")
    pages = [Shown(name or "overview", f"{ONE}{name}") for name in names]
    new = [Shown("campaigns", "/staff/campaigns"), Shown("new", "/staff/campaigns/new")]
    assert find_faults(page, live.url, [*pages, *new]) == []
    with live.app.app_context(), transaction() as session:
        make_signature(session, session.scalars(select(Campaign)).one())
        db.session.flush()
    assert find_faults(page, live.url, pages[1:2]) == []
    page.set_viewport_size(DESK)
    for name in names:
        page.goto(f"{live.url}{ONE}{name}")
        assert walk(page) >= 2, name
    page.context.clear_cookies()
