"""A resident on a phone: sign, confirm, follow the letter, leave; and what goes wrong."""

import pytest
from playwright.sync_api import Page, expect

from petition.geography.geocoders.chain import REGISTRY
from tests.browser.conftest import Live, Visitor
from tests.browser.gallery import QUICK
from tests.browser.signing import (
    ADA,
    do_all_that_is_due,
    find_field,
    lay_campaign,
    read_links,
    read_states,
)
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, DISTRICT
from tests.web.street_world import EAST, Streets, lay_town

SIGN = "Sign the letter"
WORDS = {"Your own words": "I walk past that camera every day.\nPlease say no."}


@pytest.fixture
def geocoders(monkeypatch: pytest.MonkeyPatch) -> str:
    """A geocoder that knows two streets."""
    monkeypatch.setitem(REGISTRY, "streets", lambda settings: Streets())
    return "streets,zip"


def fill(page: Page, answers: dict[str, str]) -> None:
    for label, words in answers.items():
        find_field(page, label).fill(words)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def read_title(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def fits(page: Page) -> bool:
    """Return whether nothing stands out of a phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth") == 360)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_resident_signs_confirms_follows_the_letter_and_leaves(
    live: Live, visitor: Visitor, script: bool
) -> None:
    proof = {"guards": QUICK | {"proof_of_work": "always" if script else "off"}}
    world = lay_campaign(live, **proof)
    world.count(1)

    page = visitor.open(live.url + CAMPAIGN, java_script_enabled=script)
    fill(page, ADA)
    page.get_by_label("Tell me by e-mail").check()
    press(page, SIGN)
    assert read_title(page) == "One step is left: confirm by e-mail"
    assert read_states(live)[-1] == "pending"

    links = read_links(live)
    page.goto(links["confirm"])
    assert read_states(live)[-1] == "pending"
    press(page, "Confirm my signature")
    assert read_title(page) == "Your signature is confirmed"

    page.goto(links["signatures"])
    expect(page.get_by_text("We are finding your district")).to_be_visible()
    assert do_all_that_is_due(live, world.campaign_id) == 1
    page.reload()
    expect(page.get_by_text("You are counted with the others")).to_be_visible()
    expect(page.locator(".letters").get_by_text("Delivered", exact=True)).to_be_visible()
    expect(page.get_by_label("Mail me when a letter")).to_be_checked()
    if script:
        assert fits(page)
    page.locator("summary", has_text="Withdraw my signature").click()
    press(page, "Withdraw my signature")
    expect(page.get_by_text("Your name is in no letter that is made from now on.")).to_be_visible()
    assert read_states(live) == ["counted", "withdrawn"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize(
    ("label", "wrong", "words"),
    [
        ("First name", "", "Enter your first name."),
        ("Last name", "", "Enter your last name."),
        ("E-mail address", "ada at home", "Enter an e-mail address like"),
        ("ZIP code", "2139", "five"),
    ],
    ids=["given", "family", "email", "zip"],
)
def test_an_error_takes_the_focus_leads_to_its_field_and_loses_nothing(
    live: Live, visitor: Visitor, label: str, wrong: str, words: str, script: bool
) -> None:
    lay_campaign(live)
    answers = ADA | WORDS | {label: wrong}

    page = visitor.open(live.url + CAMPAIGN, java_script_enabled=script)
    fill(page, answers)
    page.get_by_label("Print my words").check()
    page.get_by_label("Tell me once if").check()
    press(page, SIGN)

    summary = page.get_by_role("alert")
    link = summary.get_by_role("link")
    expect(summary).to_be_focused()
    expect(link).to_have_count(1)
    expect(link).to_contain_text(words)
    assert page.title().startswith("Error: ")
    link.press("Enter")
    field = find_field(page, label)
    expect(field).to_be_in_viewport()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    for asked, typed in answers.items():
        expect(find_field(page, asked)).to_have_value(typed)
    expect(page.get_by_label("Print my words")).to_be_checked()
    expect(page.get_by_label("Tell me once if")).to_be_checked()
    assert read_states(live) == []
    visitor.expect_complaint("status of 422")

    fill(page, {label: ADA[label]})
    press(page, SIGN)
    assert read_states(live) == ["pending"]


def test_a_resident_looks_up_where_they_live(live: Live, visitor: Visitor) -> None:
    world = lay_campaign(live, step=100)
    world.count(63)

    page = visitor.open(live.url + CAMPAIGN)
    page.get_by_label("Your ZIP code").fill("00000")
    press(page, "Look it up")
    expect(page.get_by_label("Your ZIP code")).to_have_value("00000")
    expect(page.get_by_text("There is no such ZIP code.")).to_be_visible()
    page.get_by_label("Your ZIP code").fill("02139")
    press(page, "Look it up")

    assert read_title(page) == "Middlesex County, MA"
    expect(page.locator(".progress-words")).to_contain_text("63 of the next 100")
    assert fits(page)
    page.get_by_role("link", name="Middlesex County, MA").click()
    expect(page).to_have_url(live.url + DISTRICT)
    visitor.forgive("status of 4")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_zip_in_two_districts_asks_for_the_street(
    live: Live, visitor: Visitor, script: bool
) -> None:
    town = lay_town(live.app, guards=QUICK)

    page = visitor.open(f"{live.url}/campaigns/{SLUG}", java_script_enabled=script)
    fill(page, ADA)
    press(page, SIGN)
    assert read_title(page) == "Your signature is in. Which street do you live on?"
    page.get_by_label("City or town").fill("Allston")
    press(page, "Find my state house district")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("City or town")).to_have_value("Allston")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    street = page.get_by_label("Street address")
    expect(street).to_be_focused()
    street.fill(EAST)
    press(page, "Find my state house district")

    assert read_title(page) == "Thank you, your signature is in"
    town.work()
    signature = town.read()
    assert signature.state == "counted"
    assert town.list_places(signature.id)[0][:2] == ("sldl", "East District")
    visitor.expect_complaint("status of 422")
