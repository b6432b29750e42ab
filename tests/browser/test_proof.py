"""The proof of work in a real browser: solved by static/pow.js, or said in words what is wrong."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live, Visitor
from tests.browser.gallery import CHALLENGE
from tests.browser.gallery_world import QUICK
from tests.browser.signing import (
    ADA,
    fill,
    find_field,
    lay_campaign,
    press,
    read_states,
    read_title,
)
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN

ALWAYS = QUICK | {"proof_of_work": "always"}
OWN = {"Your own words": "I walk past that camera every day."}
SIGN = "Sign the letter"
SENT = f"**/campaigns/{SLUG}/signatures"
# A cheap phone beside the computer that runs this; what Chrome's own tools call a slow phone is 6.
SLOWER = 6
LONGEST = 20_000  # ms


def open_form(live: Live, visitor: Visitor, *, script: bool = True) -> Page:
    page = visitor.open(live.url + CAMPAIGN, java_script_enabled=script)
    fill(page, ADA | OWN)
    page.get_by_label("Print my words").check()
    return page


def see_it_is_asked_for(page: Page) -> None:
    """See the form again, with words that ask for the proof and all that was typed."""
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Your signature is not sent yet")
    expect(summary).to_contain_text("Turn on JavaScript for this page")
    for label, typed in (ADA | OWN).items():
        expect(find_field(page, label)).to_have_value(typed)
    expect(page.get_by_label("Print my words")).to_be_checked()


def test_without_javascript_the_form_comes_back_and_says_why(live: Live, visitor: Visitor) -> None:
    lay_campaign(live, message="Please say no.", guards=ALWAYS)

    page = open_form(live, visitor, script=False)
    press(page, SIGN)

    see_it_is_asked_for(page)
    assert read_states(live) == []
    visitor.expect_complaint("status of 429")


def test_a_challenge_that_does_not_come_costs_a_press_and_no_words(
    live: Live, visitor: Visitor
) -> None:
    lay_campaign(live, message="Please say no.", guards=ALWAYS)

    page = open_form(live, visitor)
    page.route(CHALLENGE, lambda route: route.abort())
    press(page, SIGN)
    see_it_is_asked_for(page)
    page.unroute(CHALLENGE)
    press(page, SIGN)

    assert read_title(page) == "One more step: confirm your e-mail"
    assert read_states(live) == ["pending"]
    visitor.expect_complaint("Failed to load resource")


def test_words_say_what_the_browser_is_doing(live: Live, visitor: Visitor) -> None:
    lay_campaign(live, message="Please say no.", guards=ALWAYS)
    page = open_form(live, visitor)
    page.route("**/altcha/challenge*", lambda _: None)  # no answer yet

    page.get_by_role("button", name=SIGN).click(no_wait_after=True)

    said = page.locator("[role=status].working")
    expect(said).to_contain_text("your browser is doing a short calculation")


def test_a_slow_phone_solves_it_and_an_impatient_thumb_signs_once(
    live: Live, visitor: Visitor
) -> None:
    lay_campaign(live, message="Please say no.", guards=ALWAYS)
    sent: list[str] = []

    page = open_form(live, visitor)
    phone = page.context.new_cdp_session(page)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    with page.expect_navigation(timeout=LONGEST):
        page.get_by_role("button", name=SIGN).evaluate("it => { it.click(); it.click() }")

    assert sent.count(f"GET {live.url}/altcha/challenge?campaign={SLUG}") == 1
    assert sent.count(f"POST {live.url}{CAMPAIGN}/signatures") == 1
    assert read_states(live) == ["pending"]


def test_a_second_person_signs_from_the_same_page_with_a_proof_of_their_own(
    live: Live, visitor: Visitor
) -> None:
    lay_campaign(live, message="Please say no.", guards=ALWAYS)

    page = open_form(live, visitor)
    press(page, SIGN)
    page.go_back()
    fill(page, ADA | {"First name": "Nils", "E-mail address": "nils@people.example"})
    press(page, SIGN)

    assert read_states(live) == ["pending", "pending"]


def test_a_calm_network_is_asked_for_no_proof(live: Live, visitor: Visitor) -> None:
    lay_campaign(live, message="Please say no.", guards=QUICK | {"proof_of_work": "when busy"})
    proofs: list[str] = []

    page = open_form(live, visitor)
    page.on(
        "request",
        lambda request: (
            proofs.append(request.post_data or "") if request.method == "POST" else None
        ),
    )
    press(page, SIGN)

    assert ["altcha=&" in f"{proof}&" for proof in proofs] == [True]
    assert read_states(live) == ["pending"]
