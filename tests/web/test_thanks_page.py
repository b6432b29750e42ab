"""What a signer reads after signing: how far their district is, told alike to everybody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from petition.core.extensions import transaction
from tests.factories import make_campaign
from tests.ground import POSTAL_CODE, fill_form
from tests.web.public_world import (
    CAMPAIGN,
    DISTRICT,
    list_links,
    look_up,
    make_world,
    open_page,
    read_words,
)
from tests.web.public_world import sign as sign_form
from tests.web.street_world import lay_town

EMBED = CAMPAIGN.replace("campaigns", "embed")


def test_who_comes_from_near_finds_their_district_at_the_form_and_nobody_their_zip(
    app: Flask,
) -> None:
    world = make_world(app)
    world.count(30)
    found = look_up(app)
    (link,) = {link for link in list_links(found) if link.endswith("#sign")}
    assert POSTAL_CODE not in link

    page = open_page(app, link.partition("#")[0])

    words = read_words(page)
    assert "30 of the next 100 in Middlesex County have signed" in words
    assert "is sent to the Board of Commissioners, Middlesex County" in words
    assert POSTAL_CODE not in page.text
    assert open_page(app, f"{CAMPAIGN}?near=forged").status_code == 200


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_the_district_of_the_zip_is_shown_as_far_as_it_is(app: Flask, way: str) -> None:
    world = make_world(app, step=100)
    world.count(63)

    page = open_page(app, sign_form(app, fill_form(900), f"{way}/signatures").headers["Location"])

    words = read_words(page)
    assert "63 of the next 100 in Middlesex County have signed." in words
    assert "37 more and the letter is sent to" in words
    assert "Yours is added once it is counted." in words
    assert DISTRICT in list_links(page)
    assert 'name="postal_code"' not in page.text


def test_a_count_under_ten_is_not_told_here_either(app: Flask) -> None:
    world = make_world(app)
    world.count(9)

    page = open_page(app, sign_form(app, fill_form(900)).headers["Location"])

    assert "The count for Middlesex County is not shown yet." in read_words(page)


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
@pytest.mark.parametrize(
    "near", ["", "?near=", "?near=02139", "?near=%00%FF", "?near=é", "?near=" + "A" * 5000]
)
def test_an_address_that_was_made_up_thanks_nobody(app: Flask, way: str, near: str) -> None:
    make_world(app)

    page = open_page(app, f"{way}/thanks{near}")

    assert page.status_code == 200
    assert is_for_visitors(page)


@pytest.mark.parametrize("confirm", [False, True], ids=["at once", "by mail"])
@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_the_address_that_is_passed_on_thanks_nobody_and_tells_no_county(
    app: Flask, way: str, confirm: bool, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app, confirm_email=confirm).count(63)
    signer = {"User-Agent": "Mozilla/5.0 (signer)"}
    address = sign_form(app, fill_form(900), f"{way}/signatures", signer).headers["Location"]

    at_once = open_page(app, address, **signer)
    pages = {
        "another browser": open_page(app, address, **{"User-Agent": "Mozilla/5.0 (friend)"}),
        "pasted": open_page(app, address, **signer | {"Sec-Fetch-Site": "none"}),
        "from a chat": open_page(app, address, **signer | {"Sec-Fetch-Site": "cross-site"}),
    }
    make_later(timedelta(minutes=9))
    still = open_page(app, address, **signer | {"Sec-Fetch-Site": "same-origin"})
    make_later(timedelta(minutes=2))
    pages["later"] = open_page(app, address, **signer)

    said = "One more step" if confirm else "Thank you, your signature is in"
    for page in (at_once, still):
        assert said in read_words(page) and "Middlesex" in read_words(page)
        assert page.headers["Cache-Control"] == "no-store"
    for name, page in pages.items():
        assert is_for_visitors(page), name
        assert f"{way}" in list_links(page), name


def test_the_thanks_of_one_campaign_are_not_those_of_another(app: Flask) -> None:
    make_world(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="other")
    address = sign_form(app).headers["Location"]

    assert is_for_visitors(open_page(app, address.replace(CAMPAIGN, "/campaigns/other")))
    # Nor does it bring the county to the form, as the link of who comes from "near" does.
    query = address.partition("?")[2]
    assert "Middlesex" not in read_words(open_page(app, f"{CAMPAIGN}?{query}")).partition("far")[0]


def test_no_two_neighbors_are_led_to_one_address(app: Flask) -> None:
    make_world(app)
    addresses = [sign_form(app, fill_form(number)).headers["Location"] for number in range(3)]

    assert len(set(addresses)) == 3 and len({len(address) for address in addresses}) == 1


def is_for_visitors(page: TestResponse) -> bool:
    words = read_words(page)
    thanks = ("Thank you", "You signed", "is in", "One more step", "on its way", "Middlesex")
    return "people who have just signed" in words and not any(text in words for text in thanks)


def test_what_the_zip_leaves_open_is_not_guessed(street_app: Flask) -> None:
    town = lay_town(street_app)

    location = town.sign(street_address="1 West Street").headers["Location"]

    words = read_words(open_page(street_app, location))
    assert "West District" not in words and "East District" not in words
