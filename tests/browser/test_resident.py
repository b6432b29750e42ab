"""A resident on a phone, in English and in Spanish, with JavaScript and without: the good way."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.browser.signing import (
    ADA,
    Words,
    do_all_that_is_due,
    fill,
    lay_campaign,
    look,
    open_in,
    press,
    read_links,
    read_states,
    read_title,
)
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, DISTRICT
from tests.web.street_world import EAST, lay_town

with_and_without = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
NOTIFY = "E-mail me when the letter with my name has been sent"
in_both = pytest.mark.parametrize("language", ["en", "es"])


@in_both
@with_and_without
def test_a_resident_signs_confirms_follows_the_letter_and_leaves(
    live: Live, visitor: Visitor, language: str, script: bool
) -> None:
    words = Words(language)
    proof = {"guards": QUICK | {"proof_of_work": "always" if script else "off"}}
    world = lay_campaign(live, **proof)
    world.count(1)

    page = open_in(language, visitor, live.url + CAMPAIGN, script=script)
    fill(page, {words(label): typed for label, typed in ADA.items()})
    press(page, words("Sign the letter"))
    assert read_title(page) == words("One more step: confirm your e-mail")
    tell = page.locator(".choice", has_text=words(NOTIFY))
    with page.expect_navigation():
        tell.get_by_role("button", name=words("Yes")).click()
    said = page.get_by_role("status").filter(has_text=words("Saved: yes."))
    expect(said).to_be_focused()
    expect(said).to_be_in_viewport()
    assert read_states(live)[-1] == "pending"
    look(page, language)

    links = read_links(live)
    page.goto(links["confirm"])
    look(page, language)
    assert read_states(live)[-1] == "pending"
    press(page, words("Confirm my signature"))
    assert read_title(page) == words("Your signature is confirmed")
    look(page, language)

    page.goto(links["signatures"])
    look(page, language)
    expect(page.get_by_text(words("We are finding your district"))).to_be_visible()
    assert do_all_that_is_due(live, world.campaign_id) == 1
    page.reload()
    counted = words("You are counted with the others who live in your district.")
    expect(page.get_by_text(counted)).to_be_visible()
    expect(page.locator(".letters").get_by_text(words("In the outbox"), exact=True)).to_be_visible()
    expect(page.get_by_label(words(NOTIFY))).to_be_checked()
    look(page, language)

    page.locator("summary", has_text=words("Withdraw my signature")).click()
    press(page, words("Withdraw my signature"))
    gone = words("Your name will not be in any new letter.")
    expect(page.get_by_text(gone)).to_be_visible()
    look(page, language)
    assert read_states(live) == ["counted", "withdrawn"]


def test_a_resident_looks_up_where_they_live(live: Live, visitor: Visitor) -> None:
    world = lay_campaign(live, step=100)
    world.count(63)

    page = visitor.open(live.url + CAMPAIGN)
    page.get_by_label("Your ZIP code").fill("02139")
    press(page, "Look it up")

    assert read_title(page) == "Middlesex County, MA"
    expect(page.locator(".progress-words")).to_contain_text("63 of the next 100")
    look(page, "en")
    page.get_by_role("link", name="The public page of Middlesex County, to share").click()
    expect(page).to_have_url(live.url + DISTRICT)


@with_and_without
def test_a_zip_in_two_districts_asks_for_the_street(
    live: Live, visitor: Visitor, script: bool
) -> None:
    words = Words("en" if script else "es")
    find = words("Find my %(district)s", district=words("state house district"))
    town = lay_town(live.app, guards=QUICK)

    page = open_in(words.language, visitor, f"{live.url}/campaigns/{SLUG}", script=script)
    fill(page, {words(label): typed for label, typed in ADA.items()})
    press(page, words("Sign the letter"))
    assert read_title(page) == words("One more question: which street do you live on?")
    look(page, words.language)
    fill(page, {words("City or town"): "Allston"})
    press(page, find)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label(words("City or town"))).to_have_value("Allston")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    street = page.get_by_label(words("Street address"))
    expect(street).to_be_focused()
    street.fill(EAST)
    press(page, find)

    look(page, words.language)
    town.work()
    signature = town.read()
    assert signature.state == "counted"
    assert town.list_places(signature.id)[0][:2] == ("sldl", "East District")
    visitor.expect_complaint("status of 422")


@with_and_without
def test_the_zip_alone_tells_the_county_at_once_or_by_its_button(
    live: Live, visitor: Visitor, script: bool
) -> None:
    words = Words("en" if script else "es")
    lay_campaign(live, step=100).count(63)

    page = open_in(words.language, visitor, live.url + CAMPAIGN, script=script)
    address = page.url
    fill(page, {words(label): typed for label, typed in ADA.items()})
    if not script:
        press(page, words("Show my %(district)s", district=words("county")))
    expect(page.locator(".zip-told")).to_contain_text("63")
    look(page, words.language)

    assert "02139" not in page.url and (page.url == address) is script
    expect(page.get_by_label(words("E-mail address"))).to_have_value(ADA["E-mail address"])
    page.get_by_label(words("E-mail address")).press("Enter")  # signs, with both
    expect(page.get_by_role("heading", level=1)).to_have_text(
        words("One more step: confirm your e-mail")
    )
    assert read_states(live)[-1] == "pending"


def test_the_bar_to_the_form_is_at_hand_except_beside_the_form(
    live: Live, visitor: Visitor
) -> None:
    letter = "\n\n".join("We ask you to act, and to act soon. " * 8 for _ in range(6))
    lay_campaign(live, letter=letter)

    page = visitor.open(live.url + CAMPAIGN, viewport={"width": 375, "height": 812})
    bar = page.locator(".sign-bar a")
    expect(bar).to_be_in_viewport(ratio=1)
    bar.click()
    expect(page.get_by_label("ZIP code", exact=True)).to_be_in_viewport()
    page.get_by_label("E-mail address").scroll_into_view_if_needed()
    expect(bar).not_to_be_in_viewport()
