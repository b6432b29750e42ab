"""Sharing after signing, in a real browser: which link, and copying it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.browser.signing import fill, look, press
from tests.ground import POSTAL_CODE
from tests.web.public_world import CAMPAIGN, DISTRICT, make_world

# What a phone's browser has: its own dialog, which notes here what it is given.
DIALOG = "navigator.share = data => { window.shared = data.url; return Promise.resolve(); }"
ADA = {
    "ZIP code": POSTAL_CODE,
    "First name": "Ada",
    "Last name": "Example",
    "E-mail address": "ada@people.example",
}


def sign(live: Live, visitor: Visitor, **options: object) -> Page:
    page = visitor.open(live.url + CAMPAIGN, **options)
    fill(page, ADA)
    press(page, "Sign the letter")
    return page


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_signer_chooses_which_link_they_share(live: Live, visitor: Visitor, script: bool) -> None:
    make_world(live.app, guards=QUICK).count(63)

    page = sign(live, visitor, java_script_enabled=script)

    links = page.locator(".share-link")
    expect(links.nth(0)).to_be_visible()
    expect(links.nth(0)).to_contain_text(DISTRICT)
    expect(links.nth(1)).to_be_hidden()
    page.get_by_label("The letter only, not where I live").check()
    expect(links.nth(0)).to_be_hidden()
    expect(links.nth(1)).to_be_visible()
    if script:
        look(page, "en")


def test_what_is_chosen_is_copied(live: Live, visitor: Visitor) -> None:
    make_world(live.app, guards=QUICK).count(63)
    allowed = ["clipboard-read", "clipboard-write"]

    page = sign(live, visitor, permissions=allowed)

    links = page.locator(".share-link")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == links.nth(0).text_content()
    page.get_by_label("The letter only, not where I live").check()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("The link is copied.").last).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == links.nth(1).text_content()


def test_the_browsers_own_dialog_gets_what_is_chosen(live: Live, visitor: Visitor) -> None:
    make_world(live.app, guards=QUICK).count(63)

    page = sign(live, visitor)
    page.add_init_script(DIALOG)
    page.reload()

    page.get_by_role("button", name="Share", exact=True).click()
    assert str(page.evaluate("window.shared")).endswith(DISTRICT)
    page.get_by_label("The letter only, not where I live").check()
    page.get_by_role("button", name="Share", exact=True).click()
    assert str(page.evaluate("window.shared")).endswith(CAMPAIGN)
