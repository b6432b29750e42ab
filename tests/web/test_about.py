"""Beside the letter: groups with their logos, recent names, issues, a video, ways to share."""

from datetime import timedelta
from typing import Any

import h3
import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature, SignatureState
from petition.participants.cells import count_areas_if_due
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.postal.zip_places import known_postal_code
from tests.factories import invent_network, make_campaign, make_person, make_signature
from tests.ground import POSTAL_CODE, SLUG, fill_form
from tests.pictures import make_picture
from tests.web.public_world import (
    CAMPAIGN,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
    sign,
)

PNG = make_picture()


def add_signers(app: Flask, campaign_id: int, people: int, **changes: Any) -> None:
    place = known_postal_code(POSTAL_CODE)
    assert place is not None and place.latitude is not None and place.longitude is not None
    cell = h3.latlng_to_cell(place.latitude, place.longitude, 7)
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        for _ in range(people):
            make_signature(
                session,
                campaign,
                state=SignatureState.COUNTED,
                due_at=None,
                cell=cell,
                networks=invent_network(),
                person=make_person(given_name="Nils", family_name="Ekholm", locality="Salem"),
                **changes,
            )


@pytest.fixture
def group(app: Flask) -> int:
    world = make_world(app)
    with app.app_context():
        save_organization(
            OrganizationForm(
                "open-streets",
                "Open Streets <b>",
                url="https://open-streets.example",
                locality="Cambridge",
                about="Streets for everyone.",
                at=(42.37, -71.11),
                logo_name="logo.png",
                logo=PNG,
            )
        )
        join_campaign("open-streets", SLUG, {})
    return world.campaign_id


def test_a_group_stands_with_its_logo_from_our_own_host(app: Flask, group: int) -> None:
    page = open_page(app, CAMPAIGN)
    logo = open_page(app, "/partners/open-streets/logo")

    assert "Open Streets &lt;b&gt;" in page.text
    assert "/groups/open-streets" in list_links(page)
    assert 'src="/partners/open-streets/logo"' in page.text
    assert (logo.data, logo.content_type) == (PNG, "image/png")
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert open_page(app, "/partners/nobody/logo").status_code == 404


def test_a_campaign_has_the_logo_of_the_group_that_it_names(app: Flask, group: int) -> None:
    picture = 'class="campaign-logo" src="/partners/{}/logo"'

    for slug, shown in (("open-streets", True), ("nobody", False)):
        with app.app_context(), transaction() as session:
            session.get_one(Campaign, group).logo = slug
        assert (picture.format(slug) in open_page(app, CAMPAIGN).text) is shown


def test_a_campaigns_colour_is_on_every_page_about_it(app: Flask, group: int) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(Campaign, group).accent = "#0b5a78"

    embed = CAMPAIGN.replace("campaigns", "embed")
    for path in (CAMPAIGN, f"{CAMPAIGN}/thanks", f"{CAMPAIGN}/near", f"{CAMPAIGN}/map/ma", embed):
        assert f'href="{CAMPAIGN}/accent.css?v=0b5a78"' in open_page(app, path).text


def test_only_those_who_chose_to_be_shown_are_named(app: Flask, group: int) -> None:
    add_signers(app, group, 3)
    assert "Nils" not in open_page(app, CAMPAIGN).text

    add_signers(app, group, 1, show_name=True)
    app.extensions.pop("hundredth-recent", None)
    words = read_words(open_page(app, CAMPAIGN))

    assert "Nils E." in words and "Ekholm" not in words
    assert "Salem" in words


def test_a_campaign_may_name_nobody(app: Flask) -> None:
    world = make_world(app, recent_shown=0)
    add_signers(app, world.campaign_id, 3, show_name=True)

    assert "Nils" not in open_page(app, CAMPAIGN).text


def test_issues_are_markdown_and_a_video_is_a_link_and_nothing_more(app: Flask) -> None:
    make_world(
        app,
        issues="## What it costs\n\nMore than a <script>library</script>.",
        video_url="https://video.example/watch?v=1",
        video_title="Four minutes on cameras",
    )

    page = open_page(app, CAMPAIGN)

    assert "What it costs</h" in page.text and "<script>" not in page.text
    assert "https://video.example/watch?v=1" in list_links(page)
    assert "Nothing loads from there until you choose it" in read_words(page)
    for tag in ("<iframe", "<video", "<embed"):
        assert tag not in page.text


def test_an_address_that_is_no_website_is_no_video(app: Flask) -> None:
    make_world(app, video_url="javascript:alert(1)")

    assert "javascript:" not in open_page(app, CAMPAIGN).text


def test_it_is_shared_by_plain_links(app: Flask) -> None:
    make_world(app)

    links = [link for link in list_links(open_page(app, CAMPAIGN)) if "petition.example" in link]

    assert any(link.startswith("mailto:") for link in links)
    assert any(link.startswith("sms:") for link in links)
    assert any(link.startswith("https://wa.me/") for link in links)


def test_near_you_there_is_a_rounded_count_and_the_groups(app: Flask, group: int) -> None:
    add_signers(app, group, 23)
    with app.app_context():
        count_areas_if_due()

    page = look_up(app)
    words = read_words(page)

    assert "At least 20 people" in words and "23 people" not in words
    assert "Groups near you" in words and "Open Streets" in words


def test_near_you_fewer_than_ten_are_not_told(app: Flask, group: int) -> None:
    add_signers(app, group, 9, show_name=True)
    with app.app_context():
        count_areas_if_due()

    words = read_words(look_up(app))

    assert (
        "The count within about 25 miles of " in words
        and "is not shown yet" in words
        and "Nils" not in words
    )


@pytest.mark.parametrize("shown", [0, 1])
def test_near_you_no_more_are_named_than_on_the_campaigns_page(
    app: Flask, group: int, shown: int
) -> None:
    add_signers(app, group, 22, show_name=True, confirmed_at=utcnow() - timedelta(hours=1))
    with app.app_context():
        with transaction() as session:
            session.get_one(Campaign, group).recent_shown = shown
        count_areas_if_due()

    words = read_words(look_up(app))

    assert "At least 20 people" in words
    assert words.count("Nils") == shown


def test_a_campaigns_colour_comes_as_a_style_sheet_of_our_own(app: Flask) -> None:
    make_world(app, accent="#7a1f3d")

    page = open_page(app, CAMPAIGN)
    sheet = open_page(app, f"{CAMPAIGN}/accent.css")

    assert f"{CAMPAIGN}/accent.css?v=7a1f3d" in list_links(page)
    assert "--accent: #7a1f3d" in sheet.text and sheet.content_type.startswith("text/css")


def test_the_prepared_words_stand_in_the_form_and_only_changed_ones_are_kept(app: Flask) -> None:
    world = make_world(app, message="I live in {{ district.name }} and ask you to act.")
    form = fill_form(1) | {"publish_comment": "1"}

    page = open_page(app, CAMPAIGN)
    prepared = "I live in your county and ask you to act."
    sign(app, form | {"comment": prepared})
    sign(app, fill_form(2) | {"comment": prepared + " My children walk to school here."})

    assert prepared in page.text
    with app.app_context():
        people = [
            row.person
            for row in db.session.scalars(select(Signature).order_by(Signature.id))
            if row.person
        ]
    assert world.campaign_id
    assert [who.comment for who in people] == [
        "",
        prepared + " My children walk to school here.",
    ]


@pytest.mark.parametrize("path", [CAMPAIGN, CAMPAIGN.replace("campaigns", "embed")])
def test_a_closed_campaign_leads_to_the_one_that_follows(app: Flask, path: str) -> None:
    make_world(app, state="closed", successor="next-one")
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="next-one", title="The next letter")

    page = open_page(app, path)

    assert "/campaigns/next-one" in list_links(page)
    assert "The next letter" in read_words(page)
