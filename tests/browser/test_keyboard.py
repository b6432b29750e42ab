"""The keyboard alone: sign, mend an error, confirm, read the private page, withdraw.

Wherever Tab leads, the focus has an outline and is on the screen.
"""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.signing import ADA, do_all_that_is_due, lay_campaign, read_links, read_states
from tests.web.public_world import CAMPAIGN

FARTHEST = 60  # Tabs
FOCUS = """() => {
    const element = document.activeElement, style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const label = element.labels && element.labels[0];
    return {
        tag: element.tagName,
        name: (label || element).innerText.trim(),
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 1 && box.bottom > 0 && box.top < innerHeight
    };
}"""


def tab_to(page: Page, name: str, tag: str) -> None:
    """Press Tab until something named so has the focus, and see the focus all the way."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["outlined"] and focus["seen"], focus
        if focus["tag"] == tag and focus["name"].startswith(name):
            return
    raise AssertionError(f"{FARTHEST} Tabs led to no {tag} named {name}")


def enter(page: Page) -> None:
    """Press Enter on what leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_keyboard_alone_signs_confirms_follows_and_withdraws(
    live: Live, visitor: Visitor
) -> None:
    world = lay_campaign(live)
    world.count(1)

    page = visitor.open(live.url + CAMPAIGN, viewport=PHONE)
    for label, words in ADA.items():
        tab_to(page, label, "INPUT")
        page.keyboard.type(words)
    tab_to(page, "Sign the letter", "BUTTON")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("confirm your e-mail")
    tab_to(page, "Yes", "BUTTON")
    enter(page)
    expect(page.get_by_role("status").filter(has_text="Saved: yes.")).to_be_focused()

    links = read_links(live)
    page.goto(links["confirm"])
    tab_to(page, "Confirm my signature", "BUTTON")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your signature is confirmed")
    do_all_that_is_due(live, world.campaign_id)

    page.goto(links["signatures"])
    expect(page.get_by_text("You are counted with the others")).to_be_visible()
    expect(page.locator(".letters").get_by_text("In the outbox", exact=True)).to_be_visible()
    tab_to(page, "Withdraw my signature", "SUMMARY")
    page.keyboard.press("Enter")
    tab_to(page, "Withdraw my signature", "BUTTON")
    enter(page)
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    assert read_states(live) == ["counted", "withdrawn"]


def test_the_keyboard_alone_mends_an_error(live: Live, visitor: Visitor) -> None:
    lay_campaign(live)

    page = visitor.open(live.url + CAMPAIGN, viewport=PHONE)
    for label, words in ADA.items():
        tab_to(page, label, "INPUT")
        page.keyboard.type(words if label != "ZIP code" else "0213")
    enter(page)
    expect(page.get_by_role("alert")).to_be_focused()
    tab_to(page, "ZIP code: enter a five-digit ZIP code", "A")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.type("9")
    enter(page)

    assert read_states(live) == ["pending"]
    visitor.expect_complaint("status of 422")


def test_the_first_stop_skips_to_the_content(live: Live, visitor: Visitor) -> None:
    lay_campaign(live)

    page = visitor.open(live.url + CAMPAIGN, viewport=PHONE)
    tab_to(page, "Skip to the content", "A")
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
