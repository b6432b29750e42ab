"""Forty-one groups on a phone: found by name as one types, or by a form without JavaScript."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Consent
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.browser.test_every_page import ZOOMED, list_faults_of_both_looks, list_overflow
from tests.browser.test_where import sign, type_answers
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, make_world

MANY = 41
GROUP = "details.group"


def lay(app: Flask) -> None:
    """Lay a campaign with many groups, each of which asks for both purposes in our words."""
    make_world(app, guards=QUICK, confirm_email=True)
    with app.app_context():
        for number in range(1, MANY + 1):
            name = "Vecinos Unidos de São Paulo" if number == 30 else f"Neighbors {number:02}"
            slug = f"group-{number}"
            save_organization(OrganizationForm(slug, name, about="With all of our street."))
            join_campaign(slug, SLUG, {"updates": "", "contact": ""})


def open_thanks(live: Live, visitor: Visitor, language: str, *, script: bool) -> Page:
    page = visitor.open(f"{live.url}{CAMPAIGN}?lang={language}", java_script_enabled=script)
    type_answers(page)
    sign(page)
    return page


def count_shown(page: Page) -> int:
    return sum(line.is_visible() for line in page.locator(GROUP).all())


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_group_is_found_by_name_and_allowed(
    live: Live, visitor: Visitor, language: str, script: bool
) -> None:
    lay(live.app)
    page = open_thanks(live, visitor, language, script=script)
    assert count_shown(page) == MANY
    search = page.locator("#group-search")
    if script:
        assert list_faults_of_both_looks(page) == []
        page.set_viewport_size(ZOOMED)
        assert list_overflow(page) == []
        page.set_viewport_size(PHONE)
        search.fill("nobody here")
        expect(page.locator("[data-groups-none]")).to_be_visible()

    search.fill("SAO paulo")
    if not script:
        with page.expect_navigation():
            search.press("Enter")
    expect(page.locator(f"{GROUP}:visible")).to_have_count(1)
    line = page.locator(f"{GROUP}:visible")
    if script:
        line.locator("summary").click()
    with page.expect_navigation():
        line.get_by_role("button").nth(1).click()

    expect(page.locator(".saved")).to_be_visible()
    opened = page.locator(f"{GROUP}[open]")
    expect(opened).to_have_count(1)
    expect(opened.locator("summary")).to_contain_text("Vecinos Unidos")
    with live.app.app_context():
        assert db.session.scalars(select(Consent.purpose)).all() == ["contact"]


def test_the_list_is_used_with_the_keyboard_alone(live: Live, visitor: Visitor) -> None:
    lay(live.app)
    page = open_thanks(live, visitor, "en", script=True)

    page.locator("#group-search").focus()
    page.keyboard.type("neighbors 07")
    page.keyboard.press("Enter")  # the list is there already: nothing is sent
    page.keyboard.press("Tab")
    expect(page.locator(f"{GROUP}:visible summary")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(f"{GROUP}[open] button").first).to_be_visible()
