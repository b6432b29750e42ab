"""Where somebody lives, asked by name on a phone: with JavaScript in the form, without after it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.browser.signing import ADA, find_field, press
from tests.browser.test_every_page import list_faults_of_both_looks, list_overflow
from tests.browser.test_keyboard import enter, tab_to
from tests.web.public_world import CAMPAIGN
from tests.web.street_world import Town, lay_town

SIGN, FINE = "form[action*=signatures]", "Leave it for now"
in_both = pytest.mark.parametrize("language", ["en", "es"])

# What the pages call the district, by their language.
EAST = {"en": "East District", "es": "Distrito East"}


def lay(live: Live, **changes: Any) -> Town:
    """Lay a campaign that counts by towns, in two of which the ZIP code lies."""
    return lay_town(live.app, ["cousub"], guards=QUICK, **changes)


def open_form(live: Live, visitor: Visitor, language: str = "en", **options: Any) -> Page:
    """Open the campaign in a language, as its own switch does."""
    return visitor.open(f"{live.url}{CAMPAIGN}?lang={language}", **options)


def type_answers(page: Page, **changes: str) -> None:
    """Type what a signer types, by the names of the fields."""
    names = ("postal_code", "given_name", "family_name", "email")
    for name, words in (dict(zip(names, ADA.values(), strict=True)) | changes).items():
        page.locator(f"{SIGN} [name={name}]").fill(words)


def sign(page: Page) -> None:
    """Send the form."""
    with page.expect_navigation():
        page.locator(f"{SIGN} button.button").click()


def list_places(town: Town) -> list[tuple[str, str, str]]:
    """Do what is due; return where the only signer is counted, and how that was found."""
    town.work()
    assert town.read().state == "counted"
    return town.list_places(town.read().id)


@in_both
def test_with_javascript_the_question_stands_in_the_form(
    live: Live, visitor: Visitor, language: str
) -> None:
    town = lay(live)
    page = open_form(live, visitor, language)

    type_answers(page)
    page.get_by_label(EAST[language]).check()
    assert list_faults_of_both_looks(page) == []
    sign(page)

    assert "/thanks?" in page.url
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert list_places(town) == [("cousub", "East District", "signer")]


@in_both
@pytest.mark.parametrize("framed", [False, True], ids=["page", "frame"])
def test_without_javascript_the_page_after_it_asks(
    live: Live, visitor: Visitor, language: str, framed: bool
) -> None:
    town = lay(live)
    path = f"/embed/{CAMPAIGN.rpartition('/')[2]}" if framed else CAMPAIGN
    page = visitor.open(f"{live.url}{path}?lang={language}", java_script_enabled=False)

    type_answers(page)
    assert page.get_by_label(EAST[language]).count() == 0
    sign(page)
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert town.read().state == "confirmed"
    press(page, EAST[language])

    assert "/thanks?" in page.url
    assert list_places(town) == [("cousub", "East District", "signer")]


def test_the_question_follows_the_zip_code_and_goes_with_it(live: Live, visitor: Visitor) -> None:
    lay(live)
    page = open_form(live, visitor)
    question = page.get_by_role("group", name="In which town do you live?")

    type_answers(page, postal_code="0213")
    expect(question).to_have_count(0)
    find_field(page, "ZIP code").press("End")
    page.keyboard.type("9")
    expect(question).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="In which town")).to_have_count(1)
    find_field(page, "ZIP code").fill("09012")
    expect(question).to_have_count(0)
    expect(page.locator(".aside")).to_contain_text("military ZIP code")


def test_no_zip_code_stands_in_an_address(live: Live, visitor: Visitor) -> None:
    lay(live)
    page = open_form(live, visitor)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    type_answers(page)
    page.get_by_label("East District").check()
    sign(page)

    assert any("/homes" in address for address in asked)
    assert not any("02139" in address for address in asked)


def test_who_leaves_it_in_the_form_is_asked_on_the_page(live: Live, visitor: Visitor) -> None:
    town = lay(live)
    page = open_form(live, visitor)

    type_answers(page)
    page.get_by_label("I don’t know").check()
    sign(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Where do you live?")
    found = list_faults_of_both_looks(page)
    page.set_viewport_size({"width": 320, "height": 256})
    found += list_overflow(page)
    press(page, "West District")

    assert found == []
    assert list_places(town) == [("cousub", "West District", "signer")]


def test_an_error_keeps_what_was_chosen(live: Live, visitor: Visitor) -> None:
    lay(live)
    page = open_form(live, visitor)

    type_answers(page, email="nobody")
    page.get_by_label("East District").check()
    sign(page)

    expect(page.get_by_label("East District")).to_be_checked()
    visitor.expect_complaint("status of 422")


def test_when_the_question_cannot_be_had_the_form_signs_all_the_same(
    live: Live, visitor: Visitor
) -> None:
    town = lay(live)
    page = open_form(live, visitor)
    page.route("**/homes*", lambda route: route.abort())

    type_answers(page)
    sign(page)
    press(page, "East District")

    assert list_places(town) == [("cousub", "East District", "signer")]
    visitor.forgive("Failed to load resource")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_keyboard_alone_answers(live: Live, visitor: Visitor, script: bool) -> None:
    town = lay(live)
    page = open_form(live, visitor, viewport=DESK, java_script_enabled=script)

    for label, words in ADA.items():
        tab_to(page, label, "INPUT")
        page.keyboard.type(words)
        if script and label == "ZIP code":  # the question is right after it
            page.get_by_label("East District").wait_for()
            tab_to(page, "East District", "INPUT")
            page.keyboard.press("Space")
    tab_to(page, "Sign the letter", "BUTTON")
    enter(page)
    if not script:
        tab_to(page, "East District", "BUTTON")
        enter(page)

    assert list_places(town) == [("cousub", "East District", "signer")]


@in_both
def test_a_military_zip_code_asks_for_the_home(live: Live, visitor: Visitor, language: str) -> None:
    town = lay(live)
    page = open_form(live, visitor, language)

    type_answers(page, postal_code="09012")
    sign(page)
    found = list_faults_of_both_looks(page)
    page.locator("main [name=postal_code]").fill("02139")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    press(page, EAST[language])

    assert found == []
    assert list_places(town) == [("cousub", "East District", "signer")]


def test_the_private_page_asks_the_same(live: Live, visitor: Visitor) -> None:
    from tests.web.test_where_pages import link_to

    town = lay(live)
    link = link_to(town, town.put())
    page = visitor.open(live.url + link)

    found = list_faults_of_both_looks(page)
    press(page, "East District")

    assert found == []
    assert list_places(town) == [("cousub", "East District", "signer")]
