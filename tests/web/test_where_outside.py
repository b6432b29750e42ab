"""Saying that one lives outside any city or town: where some are near, and where none is."""

import pytest
from flask import Flask

from petition.core.extensions import transaction
from petition.models.signatures.home import list_outside
from petition.redistricting.activation import activate
from tests.factories import make_campaign
from tests.ground import SLUG
from tests.redistricting.world import count_live_rows, read_tallies
from tests.web.county_world import PRINCE_WILLIAM, SEVERAL, lay_counties
from tests.web.public_world import CAMPAIGN, open_page, read_words
from tests.web.street_world import AREAS, WEST, Town, lay_town, store_areas
from tests.web.test_where_pages import HOMES, give, link_to, read_homes, sign

OUTSIDE = {"place": "place:outside", "cousub": "cousub:outside"}
SAYS = {"place": "I live outside any city", "cousub": "I live outside any town or city"}
EMBED = CAMPAIGN.replace("campaigns", "embed")
FAR = {"west": (-73.5, -73.0)}  # of the ZIP's point: nobody there is near


def lay_country(app: Flask, layers: list[str], far: str = "place") -> Town:
    """Put counties in force, and cities far from the ZIP code."""
    with app.app_context():
        for layer in layers:
            areas = FAR if layer == far else {"whole": (-73.5, -69.5)}
            activate(store_areas(areas, "test", layer))
        with transaction() as session:
            campaign = make_campaign(session, slug=SLUG, step=10, layers=layers)
            return Town(app, campaign.id)


@pytest.mark.parametrize("layer", ["place", "cousub"])
@pytest.mark.parametrize("way", ["after signing", "in the form", "private page", "embedded"])
def test_who_lives_outside_counts_in_the_other_layers(
    street_app: Flask, layer: str, way: str
) -> None:
    town = lay_town(street_app, ["county", layer])
    client = street_app.test_client()

    if way == "in the form":
        shown = client.post(HOMES, data={"postal_code": "02139"})
        thanks = sign(town, **{f"home_{layer}": "outside"})
    elif way == "private page":
        link = link_to(town, town.put())
        shown = open_page(street_app, link)
        give(town, link, do="home", home=OUTSIDE[layer])
        thanks = ""
    else:
        path = sign(town)
        path = path.replace(CAMPAIGN, EMBED) if way == "embedded" else path
        shown = open_page(street_app, path)
        thanks = give(town, path, home=OUTSIDE[layer])
    town.work()

    signature = town.read()
    assert SAYS[layer] in shown.text
    assert (signature.state, signature.review_reason) == ("counted", None)
    assert town.list_places(signature.id) == [("county", "West District", "postal_area")]
    if thanks:
        words = read_words(open_page(street_app, thanks))
        assert f"You told us that you live {SAYS[layer].removeprefix('I live ')}." in words
        assert "West District" in words and "find your districts" not in words


def test_a_county_has_no_outside(app: Flask) -> None:
    counties = lay_counties(app)
    path = sign(counties, postal_code=SEVERAL)

    page = open_page(app, path)
    refused = app.test_client().post(path, data={"home": "county:outside"})
    typed = counties.sign(2, postal_code=SEVERAL, home_county="outside")

    assert "outside any" not in read_words(page)
    assert [refused.status_code, typed.status_code] == [422, 422]
    assert read_homes(app) == [""]


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_where_the_letter_counts_by_cities_alone_they_are_told_that_they_count_nowhere(
    street_app: Flask, way: str
) -> None:
    town = lay_town(street_app, ["place"])
    path = sign(town).replace(CAMPAIGN, way)

    thanks = give(town, path, home=OUTSIDE["place"])
    town.work()
    told = read_words(open_page(street_app, thanks))
    signature = town.read()
    private = read_words(open_page(street_app, link_to(town, signature.id)))

    assert thanks.startswith(f"{way}/thanks?near=")
    for words in (told, private):
        assert "You are not counted in any district" in words
        assert "outside any city" in words and "Your signature is kept" in words
    assert "joins the count" not in told and "find your" not in told
    assert (signature.state, signature.review_reason) == ("review", "no-district")
    assert list_outside(read_homes(street_app)[0]) == ["place"]
    with street_app.app_context():
        assert (read_tallies(), count_live_rows()) == ({}, 0)


@pytest.mark.parametrize("layers", [["place"], ["county", "place"]])
def test_where_no_city_is_near_that_or_the_street_is_asked(
    street_app: Flask, layers: list[str]
) -> None:
    town = lay_country(street_app, layers)
    path = sign(town)
    page = open_page(street_app, path)
    town.work()
    before = town.read()
    private = read_words(open_page(street_app, link_to(town, before.id)))

    give(town, path, home=OUTSIDE["place"])
    town.work()

    words = read_words(page)
    assert "We don’t know of any city or town near 02139." in words
    assert 'name="street_address"' in page.text
    for asked in (words, private):
        assert "I live outside any city" in asked and "more than one" not in asked
    assert (before.state, before.review_reason) == ("review", "several-towns")
    after = town.read()
    assert after.state == ("counted" if "county" in layers else "review")


def test_where_no_city_is_near_a_street_that_is_found_decides(street_app: Flask) -> None:
    town = lay_country(street_app, ["county", "place"])

    give(town, sign(town), street_address=WEST, postal_code="02139")
    town.work()

    assert town.list_places(town.read().id) == [("county", "Whole District", "polygon")]


def test_another_zip_forgets_that_they_live_outside(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "place"])
    signature_id = town.put(home=OUTSIDE["place"])
    assert town.read().state == "counted"

    link = link_to(town, signature_id)
    give(town, link, do="address", street_address="", postal_code="02140")
    town.work()

    assert read_homes(street_app) == [""]
    assert town.read().state == "review"


def test_a_street_that_is_found_decides_before_it(street_app: Flask) -> None:
    town = lay_town(street_app, ["place"])

    town.put(WEST, home=OUTSIDE["place"])

    assert town.list_places(town.read().id) == [("place", "West District", "polygon")]


def test_nobody_is_asked_who_waits_for_boundaries(street_app: Flask) -> None:
    with street_app.app_context():
        activate(store_areas(AREAS, "test", "county"))
        with transaction() as session:
            made = make_campaign(session, slug=SLUG, step=10, layers=["county", "place"])
            town = Town(street_app, made.id)

    words = read_words(open_page(street_app, sign(town)))

    assert "outside any" not in words


def test_the_thanks_say_what_was_told_and_not_how_the_zip_would_tell_it(app: Flask) -> None:
    counties = lay_counties(app)
    by_form = sign(counties, 1, postal_code=SEVERAL, home_county="51153")
    by_page = give(counties, sign(counties, 2, postal_code=SEVERAL), home=PRINCE_WILLIAM)
    by_zip = sign(counties, 3, postal_code="20112")
    counties.work()

    for thanks in (by_form, by_page, by_page.replace(CAMPAIGN, EMBED)):
        words = read_words(open_page(app, thanks))
        assert "You told us that you live in Prince William County." in words
        assert "from your ZIP code" not in words and "Based on your ZIP code." not in words
    words = read_words(open_page(app, by_zip))
    assert "We find your county from your ZIP code." in words and "You told us" not in words
