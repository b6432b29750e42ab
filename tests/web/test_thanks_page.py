"""What a signer reads after signing: how far their district is, told alike to everybody."""

import pytest
from flask import Flask

from tests.ground import POSTAL_CODE, fill_form
from tests.web.public_world import CAMPAIGN, DISTRICT, list_links, make_world, open_page, read_words
from tests.web.public_world import sign as sign_form
from tests.web.street_world import lay_town

EMBED = CAMPAIGN.replace("campaigns", "embed")


def test_who_comes_from_near_finds_their_district_at_the_form_and_nobody_their_zip(
    app: Flask,
) -> None:
    world = make_world(app)
    world.count(30)
    found = open_page(app, f"{CAMPAIGN}/near?postal_code={POSTAL_CODE}")
    (link,) = {link for link in list_links(found) if link.endswith("#sign")}
    assert POSTAL_CODE not in link

    page = open_page(app, link.partition("#")[0])

    words = read_words(page)
    assert "30 of the next 100 in Middlesex County have signed" in words
    assert "goes to the Board of Commissioners, Middlesex County" in words
    assert POSTAL_CODE not in page.text
    assert open_page(app, f"{CAMPAIGN}?near=forged").status_code == 200


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_the_district_of_the_zip_is_shown_as_far_as_it_is(app: Flask, way: str) -> None:
    world = make_world(app, step=100)
    world.count(63)

    page = open_page(app, sign_form(app, fill_form(900), f"{way}/signatures").headers["Location"])

    words = read_words(page)
    assert "63 of the next 100 in Middlesex County have signed." in words
    assert "37 more and the letter goes to" in words
    assert "Your own signature joins the count within a minute." in words
    assert DISTRICT in list_links(page)
    assert 'name="postal_code"' not in page.text


def test_a_count_under_ten_is_not_told_here_either(app: Flask) -> None:
    world = make_world(app)
    world.count(9)

    page = open_page(app, sign_form(app, fill_form(900)).headers["Location"])

    assert "Fewer than 10 people in Middlesex County have signed so far." in read_words(page)


@pytest.mark.parametrize(
    "near", ["", "?near=", "?near=02139", "?near=%00%FF", "?near=" + "A" * 5000]
)
def test_without_a_sealed_zip_the_page_asks_for_one(app: Flask, near: str) -> None:
    make_world(app)

    page = open_page(app, f"{CAMPAIGN}/thanks{near}")

    assert page.status_code == 200
    assert 'name="postal_code"' in page.text


def test_what_the_zip_leaves_open_is_not_guessed(street_app: Flask) -> None:
    town = lay_town(street_app)

    location = town.sign(street_address="1 West Street").headers["Location"]

    words = read_words(open_page(street_app, location))
    assert "West District" not in words and "East District" not in words
