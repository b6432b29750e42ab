"""Whom a campaign asks for consent: each group, or those whose own link led here."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.campaigns.definition import read_definition
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Organization
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from tests.ground import SLUG, fill_form
from tests.web.public_world import make_world, open_page, sign

OWN = "Only the group whose link led you here asks"


@pytest.fixture
def two_groups(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        for slug in ("riders", "walkers"):
            save_organization(OrganizationForm(slug, slug.title()))
            join_campaign(slug, SLUG, {"updates": f"May {slug} write to you?"})
        with transaction() as session:
            session.get_one(Campaign, world.campaign_id).sharing = "own-link"


def give(app: Flask, **fields: str) -> list[str]:
    """Sign with a box of each group ticked, and return to whom a consent was stored."""
    ticked = {f"consent_updates_{slug}": "1" for slug in ("riders", "walkers")}
    sign(app, fill_form(1) | ticked | fields)
    with app.app_context():
        return list(
            db.session.scalars(
                select(Organization.slug)
                .join(ConsentOffer, ConsentOffer.organization_id == Organization.id)
                .join(Consent, Consent.offer_id == ConsentOffer.id)
                .order_by(Organization.slug)
            )
        )


@pytest.mark.parametrize(
    ("source", "stored"), [("riders", ["riders"]), ("", []), ("none-such", []), ("ri\0ders", [])]
)
def test_by_own_link_only_that_group_gets_a_consent(
    app: Flask, two_groups: None, source: str, stored: list[str]
) -> None:
    assert give(app, source=source) == stored


def test_by_choice_each_group_gets_those_who_chose_it(app: Flask, two_groups: None) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Campaign)).one().sharing = "chosen"

    assert give(app, source="riders") == ["riders", "walkers"]


def test_the_form_says_who_asks(app: Flask, two_groups: None) -> None:
    linked = open_page(app, f"/campaigns/{SLUG}?source=riders").text

    assert "May riders write" in linked and "May walkers write" not in linked and OWN in linked


@pytest.mark.parametrize("value", ["all", "", 1, None, ["chosen"]])
def test_another_way_of_sharing_is_refused(value: object) -> None:
    told = {"slug": "x", "title": "x", "letter": "x", "organization": "x", "sharing": value}

    problems = read_definition(told, lambda text: None).problems

    assert [problem.field for problem in problems] == ["sharing"]


def test_two_organizations_may_own_a_campaign_and_six_may_not() -> None:
    told = {"slug": "x", "title": "x", "letter": "x", "sharing": "own-link"}
    for number, fields in ((2, []), (6, ["organization"])):
        names = [f"Group {chr(65 + one)}" for one in range(number)]
        problems = read_definition(told | {"organization": names}, lambda text: None).problems
        assert [problem.field for problem in problems] == fields
