"""What goes wrong in a form: the summary takes the focus, leads to the field, and nothing is lost.

With JavaScript the pages are in English here, and without in Spanish.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from petition.core.extensions import transaction
from petition.models import Campaign
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.browser.conftest import Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.browser.signing import (
    ADA,
    Words,
    fill,
    find_field,
    lay_campaign,
    look,
    open_in,
    press,
    read_states,
)
from tests.factories import make_signature
from tests.web.public_world import CAMPAIGN, find_near
from tests.web.street_world import lay_town

with_and_without = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])

OWN = {
    "Your own words": "I walk past that camera every day.\nPlease say no.",
}
TICKED = ("Print my words in the letter",)
TOO_LONG = "Shorten this to %(most)s characters; it has %(count)s."
NAME_TOO_LONG = (
    "Shorten your name to %(most)s characters, first and last together; it has %(count)s."
)
NO_ZIP = "There is no such ZIP code. Check the five digits."
LABELS = {
    "near-zip": "ZIP code",
    "postal_code": "ZIP code",
    "street_address": "Street address",
    "email": "E-mail address",
    "code": "The letter’s code",
}
# Label, what is typed, what is said of it, and with which values.
WRONG: list[tuple[str, str, str, dict[str, object]]] = [
    ("First name", "a" * 151, NAME_TOO_LONG, {"most": 150, "count": 151}),
    ("First name", "\u3164", "Enter your first name in letters.", {}),
    (
        "Last name",
        "www.evil.example",
        "Enter your last name in letters, without a web or e-mail address.",
        {},
    ),
    ("E-mail address", "", "Enter your e-mail address.", {}),
    ("E-mail address", "ada at home", "Enter an e-mail address like name@example.org.", {}),
    (
        "ZIP code",
        "",
        "Enter your ZIP code, so that the letter reaches your own lawmakers.",
        {},
    ),
    (
        "ZIP code",
        "2139",
        "Enter a five-digit ZIP code. We send the letter to lawmakers in the United States.",
        {},
    ),
    ("ZIP code", "00000", "There is no such ZIP code; check the five digits.", {}),
    ("Your own words", "c" * 1001, TOO_LONG, {"most": 1000, "count": 1001}),
]


def read_problems(page: Page) -> dict[str, str]:
    """Return what the summary says, by the field that it leads to; the summary has the focus."""
    expect(page.get_by_role("alert")).to_be_focused()
    links = page.get_by_role("alert").get_by_role("link").all()
    return {
        (link.get_attribute("href") or "").removeprefix("#"): link.inner_text() for link in links
    }


def begin(label: str, problem: str) -> str:
    """Return the summary's line: the field's label, then what to do about it."""
    return f"{label}: {problem[0].lower()}{problem[1:]}"


def follow(page: Page, field: str) -> None:
    """Follow the summary's link to the field, and see it there, marked as wrong."""
    page.get_by_role("alert").locator(f"a[href='#{field}']").press("Enter")
    found = page.locator(f"#{field}")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    expect(found).to_have_attribute("aria-invalid", "true")


def read_form(page: Page) -> dict[str, object]:
    """Return what the sign form holds, by the field."""
    found: dict[str, object] = page.locator("#sign form").evaluate(
        """form => Object.fromEntries(Array.from(form.elements)
            .filter(field => field.id && field.type !== "submit")
            .map(field => [field.id, field.type === "checkbox" ? field.checked : field.value]))"""
    )
    return found


@with_and_without
def test_each_error_of_the_form_takes_the_focus_leads_to_its_field_and_loses_nothing(
    live: Live, visitor: Visitor, script: bool
) -> None:
    words = Words("en" if script else "es")
    right = {words(label): typed for label, typed in (ADA | OWN).items()}
    lay_campaign(live, message="Please say no.")  # so that the form asks for words
    page = open_in(words.language, visitor, live.url + CAMPAIGN, script=script)
    fill(page, right)
    for box in TICKED:
        page.get_by_label(words(box)).check()

    for label, wrong, english, values in WRONG:
        field = find_field(page, words(label))
        field.fill(wrong)
        typed = read_form(page)
        press(page, words("Sign the letter"))

        problems = read_problems(page)
        name = field.get_attribute("id") or ""
        assert problems == {name: begin(words(label), words(english, **values))}
        assert page.title().startswith("Error: ")
        follow(page, name)
        assert read_form(page) == typed
        look(page, words.language)
        field.fill(right[words(label)])

    assert read_states(live) == []
    press(page, words("Sign the letter"))
    assert read_states(live) == ["pending"]
    visitor.expect_complaint("status of 422")


def test_an_empty_form_is_told_of_every_answer_it_lacks_in_their_order(
    live: Live, visitor: Visitor
) -> None:
    lay_campaign(live)

    page = visitor.open(live.url + CAMPAIGN)
    press(page, "Sign the letter")

    assert list(read_problems(page)) == ["postal_code", "given_name", "email"]
    expect(page.get_by_role("heading", name="3 answers need your attention")).to_be_visible()
    visitor.expect_complaint("status of 422")


@dataclass(frozen=True)
class Form:
    """Another form: where it is, its button, what is typed into it, and what is said of that.

    - Fields are named by their ids.
    """

    path: str
    button: str
    typed: Mapping[str, str]
    problems: Mapping[str, str]


def list_forms(app: Flask) -> Iterator[Form]:
    """Lay a town and somebody whose street is asked for; yield each form with wrong answers."""
    town = lay_town(app)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, town.campaign_id)
        waiting = {"state": "review", "review_reason": "needs-address", "due_at": None}
        signature_id = make_signature(session, campaign, **waiting).id
    with app.app_context():
        token = make_token(signature_id, LinkPurpose.STATUS)
    no_street = "Enter your house number and street."
    yield Form(CAMPAIGN, "Look it up", {"near-zip": "00000"}, {"near-zip": NO_ZIP})
    yield Form(
        find_near(app),
        "Find my districts",
        {"street_address": "", "postal_code": "2139"},
        {"street_address": no_street, "postal_code": NO_ZIP},
    )
    yield Form(
        f"/signatures/{token}",
        "Find my district",
        {"street_address": "", "locality": "Allston", "postal_code": "0213"},
        {
            "street_address": no_street,
            "postal_code": "Enter a five-digit ZIP code. "
            "We send the letter to lawmakers in the United States.",
        },
    )
    yield Form(
        "/signatures/lost",
        "E-mail me my link",
        {"email": "ada at home"},
        {"email": "Enter the e-mail address that you signed with."},
    )
    yield Form(
        "/letters",
        "Check it",
        {"code": "XXXXXXXX"},
        {"code": "No letter has this code. Compare it with the code at the bottom of the page."},
    )


@with_and_without
def test_every_other_form_says_what_is_wrong_as_the_sign_form_does(
    live: Live, visitor: Visitor, script: bool
) -> None:
    words = Words("en" if script else "es")
    page = open_in(words.language, visitor, f"{live.url}/letters", script=script)
    choice = "" if script else "lang=es"

    for form in list_forms(live.app):
        page.goto(f"{live.url}{form.path}{'&' if '?' in form.path else '?'}{choice}")
        for field, typed in form.typed.items():
            page.locator(f"#{field}").fill(typed)
        press(page, words(form.button))

        assert read_problems(page) == {
            field: begin(words(LABELS[field]), words(english))
            for field, english in form.problems.items()
        }
        assert page.title().startswith("Error: ")
        for field in form.problems:
            follow(page, field)
        for field, typed in form.typed.items():
            expect(page.locator(f"#{field}")).to_have_value(typed)
        look(page, words.language)

    visitor.forgive("Failed to load resource")


def test_a_visitor_who_signs_too_late_reads_so(live: Live, visitor: Visitor) -> None:
    lay_campaign(live, guards=QUICK)

    page = visitor.open(live.url + CAMPAIGN)
    fill(page, ADA)
    with live.app.app_context(), transaction() as session:
        session.query(Campaign).one().state = "closed"
    press(page, "Sign the letter")

    expect(page.get_by_text("This campaign is closed")).to_be_visible()
    assert read_states(live) == []
    visitor.expect_complaint("status of")
