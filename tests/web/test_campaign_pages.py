"""The front page and a campaign's page, in every season."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, CampaignState, ConsentOffer, Organization
from tests.factories import make_campaign
from tests.web.public_world import (
    CAMPAIGN,
    DISTRICT,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
    sign,
)

EMBED = CAMPAIGN.replace("campaigns", "embed")
LETTER = """Dear friends of {{ district.name }}, this is the *first* paragraph.

This is the second, about your {{ district.layer }}.

1. One demand
2. Another
"""


def test_the_front_page_without_campaigns_says_so(app: Flask) -> None:
    page = open_page(app, "/")

    assert page.status_code == 200
    assert "No letter is open for signing now" in read_words(page)


def test_a_single_campaign_stands_on_the_front_page_with_its_first_lines(app: Flask) -> None:
    make_world(app, letter=LETTER, summary="What we ask.")

    page = open_page(app, "/")

    assert "Dear friends of your county, this is the first paragraph." in read_words(page)
    assert "second" not in page.text
    assert "What we ask." in page.text
    assert CAMPAIGN in list_links(page)


def test_of_several_campaigns_only_the_open_ones_are_listed(app: Flask) -> None:
    make_world(app, title="The first open letter")
    with app.app_context(), transaction() as session:
        now = utcnow()
        make_campaign(session, title="The second open letter")
        make_campaign(session, title="A draft", state=CampaignState.DRAFT)
        make_campaign(session, title="A closed letter", state=CampaignState.CLOSED)
        make_campaign(session, title="A later letter", opens_at=now + timedelta(days=1))
        make_campaign(session, title="An ended letter", closes_at=now - timedelta(days=1))

    words = read_words(open_page(app, "/"))

    assert "The first open letter" in words and "The second open letter" in words
    for hidden in ("draft", "closed letter", "later letter", "ended letter"):
        assert hidden not in words


def test_what_is_asked_for_is_read_before_signing(app: Flask) -> None:
    make_world(app, letter=LETTER, ask="Please fund <evening> hours.")

    page = open_page(app, CAMPAIGN)

    asked = page.text.index("<strong>Please fund &lt;evening&gt; hours.</strong>")
    assert asked < page.text.index('<form id="typed-form"')


def test_the_form_stands_between_the_letters_first_paragraph_and_its_rest(app: Flask) -> None:
    make_world(app, letter=LETTER)

    page = open_page(app, CAMPAIGN)

    first, form, second = (
        page.text.index(part)
        for part in ("<em>first</em>", '<form id="typed-form"', "This is the second")
    )
    assert first < form < second
    assert "<ol>" in page.text and "{{" not in page.text


def test_a_form_asks_for_every_field_by_its_fixed_name_with_label_and_autocomplete(
    app: Flask,
) -> None:
    make_world(app, layers=["county", "sldl"])

    page = open_page(app, CAMPAIGN).text

    for name, autocomplete in (
        ("given_name", "given-name"),
        ("family_name", "family-name"),
        ("email", "email"),
        ("postal_code", "postal-code"),
    ):
        assert f'<label for="{name}">' in page
        assert f'name="{name}"' in page and f'autocomplete="{autocomplete}"' in page
    assert 'inputmode="numeric"' in page and 'inputmode="email"' in page


@pytest.mark.parametrize(
    ("comments", "hint"),
    [
        (
            "reviewed",
            "Our staff will read them first. Each letter includes the comments of at most twenty "
            "people.",
        ),
        (
            "all",
            "Our staff will read some of them first. Each letter includes the comments of at most "
            "twenty people.",
        ),
    ],
)
def test_the_page_after_says_what_becomes_of_words(app: Flask, comments: str, hint: str) -> None:
    make_world(app, comments=comments)

    page = open_page(app, sign(app).headers["Location"])

    assert f"Print my words in the letter {hint}" in read_words(page)
    assert 'name="comment"' not in open_page(app, CAMPAIGN).text


def test_words_are_asked_for_in_the_form_where_the_campaign_asks_for_a_message(app: Flask) -> None:
    make_world(app, message="I live in {{ district.name }} and ask you to act.")

    form = open_page(app, CAMPAIGN).text
    after = open_page(app, sign(app).headers["Location"]).text

    assert 'name="comment"' in form and 'name="publish_comment"' in form
    assert 'name="comment"' not in after


def test_no_words_are_asked_for_where_none_are_printed(app: Flask) -> None:
    make_world(app, comments="none")

    for page in (open_page(app, CAMPAIGN), open_page(app, sign(app).headers["Location"])):
        assert 'name="comment"' not in page.text and 'name="publish_comment"' not in page.text


def test_the_first_lines_tell_the_number_and_lead_to_the_form_and_the_whole_letter(
    app: Flask,
) -> None:
    make_world(app, letter="We ask you to act.\n\nSoon.").count(30)

    page = open_page(app, CAMPAIGN)

    words = read_words(page)
    assert words.index("30 people have signed") < words.index("Read the whole letter")
    assert "Closest to its next letter: 30 of 100 in Middlesex County" in words
    assert page.text.count('href="#sign"') == 2 and 'id="letter-rest"' in page.text


def test_no_district_without_progress_is_close_to_its_next_letter(app: Flask) -> None:
    make_world(app).count(100)

    words = read_words(open_page(app, CAMPAIGN))

    assert "Closest to" not in words and "0 of the next" not in words


def test_a_street_address_is_not_asked_for_where_it_would_not_be_used(app: Flask) -> None:
    make_world(app)  # counts by county, located by ZIP alone

    assert 'name="street_address"' not in open_page(app, CAMPAIGN).text


def test_each_offer_has_a_box_that_is_not_ticked_and_its_own_wording(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction() as session:
        organization = Organization(slug="open-streets", name="Open Streets")
        session.add(organization)
        session.flush()
        for wording, retired_at in (("An older wording.", utcnow()), ("May write to me.", None)):
            session.add(
                ConsentOffer(
                    campaign_id=world.campaign_id,
                    organization_id=organization.id,
                    purpose="email",
                    wording=wording,
                    created_at=utcnow(),
                    retired_at=retired_at,
                )
            )

    page = open_page(app, f"{CAMPAIGN}?source=open-streets").text

    assert 'name="consent_email_open-streets"' in page
    assert "May write to me." in page and "An older wording." not in page
    assert " checked" not in page


def test_a_draft_is_nobodys_to_see(app: Flask) -> None:
    make_world(app, state=CampaignState.DRAFT)

    assert open_page(app, CAMPAIGN).status_code == 404
    assert open_page(app, f"{CAMPAIGN}/thanks").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": CampaignState.CLOSED}, "This campaign is closed"),
        ({"closes_at": utcnow() - timedelta(days=2)}, "This campaign is closed"),
        ({"opens_at": utcnow() + timedelta(days=2)}, "Not open yet"),
    ],
)
def test_a_campaign_out_of_season_says_so_and_shows_no_form(
    app: Flask, changes: dict[str, object], words: str
) -> None:
    make_world(app, **changes)

    page = open_page(app, CAMPAIGN)

    assert page.status_code == 200
    assert words in read_words(page)
    assert f'action="{CAMPAIGN}/signatures' not in page.text
    assert re.findall(r'action="([^"]*)" method="post"', page.text) == [f"{CAMPAIGN}/near"]
    for path in (CAMPAIGN, EMBED):
        assert "Signing has begun" not in read_words(open_page(app, path))


def test_a_closed_campaign_asks_for_nothing_and_promises_nothing(app: Flask) -> None:
    world = make_world(app)
    world.count(60)
    with app.app_context(), transaction() as session:
        session.get_one(Campaign, world.campaign_id).state = CampaignState.CLOSED

    pages = [open_page(app, path) for path in (CAMPAIGN, DISTRICT, EMBED)]
    for page in (*pages, look_up(app)):
        words = read_words(page)
        assert "60" in words
        assert "Pass it on" not in words and "goes when" not in words and "is sent to" not in words
        assert "of the next" not in words


def test_an_unknown_campaign_is_a_page_that_says_so(app: Flask) -> None:
    for slug in ("no-such", "No-Such", "a%00b", "..%2f..%2fetc", "%ff%fe", "x" * 200):
        page = app.test_client().get(f"/campaigns/{slug}", follow_redirects=True)

        assert page.status_code == 404, slug
        assert "Go to the home page" in page.text


def test_a_campaigns_page_tells_how_far_it_is_and_what_arrived(app: Flask) -> None:
    world = make_world(app, step=15)
    code = world.send(world.count(15)[0])
    world.count(12)

    words = read_words(open_page(app, CAMPAIGN))

    assert "27 people have signed" in words
    assert "1 letter sent" in words
    assert "12 of the next 15" in words
    assert code in words


def test_markup_in_a_campaigns_texts_stays_text(app: Flask) -> None:
    nasty = "<script>alert(1)</script>"
    make_world(
        app,
        title=nasty,
        summary=nasty,
        letter=nasty,
        closing=nasty,
        topic=nasty,
        organization=nasty,
    )

    for path in ("/", CAMPAIGN, f"{CAMPAIGN}/thanks"):
        page = open_page(app, path)
        assert page.status_code == 200
        assert "<script>" not in page.text and "alert(1)</script" not in page.text


def test_a_link_to_a_bill_is_a_web_address_or_none(app: Flask) -> None:
    make_world(app, bill_number="H.1", bill_url="javascript:alert(1)")

    assert "javascript:" not in open_page(app, CAMPAIGN).text
