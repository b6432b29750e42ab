"""Asking where somebody lives, by name or by their home: after signing, in the form, and later."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.redistricting.world import count_live_rows, read_tallies
from tests.web.public_world import CAMPAIGN, count_signatures, mask_sealed, open_page, read_words
from tests.web.street_world import EAST, WEST, Town, lay_town

HOMES = f"{CAMPAIGN}/homes"
WEST_TOWN, EAST_TOWN = "cousub:25001", "cousub:25002"
PARTS = "Part of 02139 is in East District, part in West District."


@pytest.fixture
def town(street_app: Flask) -> Town:
    """A campaign that counts by towns, in two of which the ZIP code lies."""
    return lay_town(street_app, ["cousub"])


def sign(town: Town, number: int = 1, **typed: str) -> str:
    """Sign; return the address that the signer is led to."""
    answer = town.sign(number, **typed)
    assert answer.status_code == 303
    return answer.headers["Location"]


def give(town: Town, path: str, **answer: str) -> str:
    """Give an answer that is taken; return where it leads."""
    taken = town.app.test_client().post(path, data=answer)
    assert taken.status_code == 303, read_words(taken)
    return taken.headers["Location"]


def link_to(town: Town, signature_id: int, purpose: LinkPurpose = LinkPurpose.STATUS) -> str:
    """Return a signer's link."""
    path = {LinkPurpose.STATUS: "signatures", LinkPurpose.CONFIRM: "confirm"}[purpose]
    with town.app.app_context():
        return f"/{path}/{make_token(signature_id, purpose)}"


def read_homes(app: Flask) -> list[str]:
    """Return what each signer has named, in the order in which they were stored."""
    with app.app_context():
        people = db.session.scalars(select(Signature.person).order_by(Signature.id))
        return [person.home for person in people if person]


def test_a_zip_in_two_towns_leads_to_the_page_that_asks_by_name(town: Town) -> None:
    path = sign(town)
    page = open_page(town.app, path)
    town.work()

    assert path.startswith(f"{CAMPAIGN}/address/")
    words = read_words(page)
    assert "Where do you live?" in words and PARTS in words
    assert f'value="{WEST_TOWN}"' in page.text and f'value="{EAST_TOWN}"' in page.text
    assert 'name="street_address"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert town.read().state == "review"
    with town.app.app_context():
        assert (read_tallies(), count_live_rows()) == ({}, 0)


@pytest.mark.parametrize("located", [False, True], ids=["before", "after it was looked up"])
def test_the_answer_decides_and_is_kept_as_the_signers(town: Town, located: bool) -> None:
    path = sign(town)
    if located:
        town.work()

    thanks = give(town, path, home=EAST_TOWN)
    town.work()

    assert thanks.startswith(f"{CAMPAIGN}/thanks?near=")
    signature = town.read()
    assert signature.state == "counted"
    assert town.list_places(signature.id) == [("cousub", "East District", "signer")]
    words = read_words(open_page(town.app, thanks))
    assert "East District" in words and "counted nowhere" not in words
    words = read_words(open_page(town.app, link_to(town, signature.id)))
    assert "Your town, as you told us." in words


@pytest.mark.parametrize("home", ["cousub:25009", "county:25017", "sldl:25001", "", "x", "a:b:c"])
def test_an_answer_that_was_not_to_be_chosen_is_refused_and_uses_nothing_up(
    town: Town, home: str
) -> None:
    path = sign(town)

    refused = town.app.test_client().post(path, data={"home": home})

    assert refused.status_code == 422
    assert "Choose one of these, or give your address." in read_words(refused)
    assert read_homes(town.app) == [""]
    give(town, path, home=WEST_TOWN)
    assert read_homes(town.app) == [WEST_TOWN]


@pytest.mark.parametrize("again", [False, True])
def test_a_question_is_answered_once_alike_for_everybody(town: Town, again: bool) -> None:
    path = sign(town)
    if again:
        path = sign(town)
    client = town.app.test_client()

    answers = [client.post(path, data={"home": home}) for home in (WEST_TOWN, EAST_TOWN)]

    assert [answer.status_code for answer in answers] == [303, 410]
    assert read_homes(town.app)[-1] == WEST_TOWN


def test_a_robot_is_led_the_same_way_and_nothing_is_stored(town: Town) -> None:
    with town.app.app_context():
        nobody = make_question(None, town.campaign_id, "02139")
    path, person = f"{CAMPAIGN}/address/{nobody}", sign(town)

    pages = [read_words(open_page(town.app, asked)) for asked in (path, person)]
    led = [mask_sealed(give(town, asked, home=EAST_TOWN)) for asked in (path, person)]
    again = town.app.test_client().post(path, data={"home": EAST_TOWN})

    assert pages[0] == pages[1] and led[0] == led[1] and len(path) == len(person)
    assert again.status_code == 410
    assert read_homes(town.app) == [EAST_TOWN]


def test_no_answer_is_taken_after_the_owner_has_acted(town: Town) -> None:
    path = sign(town)
    town.work()
    give(town, link_to(town, town.read().id), do="home", home=EAST_TOWN)

    assert town.app.test_client().post(path, data={"home": WEST_TOWN}).status_code == 410
    assert read_homes(town.app) == [EAST_TOWN]


def test_a_street_that_is_found_decides_before_what_was_named(town: Town) -> None:
    named = town.put(WEST, home=EAST_TOWN)
    unknown = town.put("1 Nowhere Lane", home=EAST_TOWN, email="b@people.example")

    assert town.list_places(named) == [("cousub", "West District", "polygon")]
    assert town.list_places(unknown) == [("cousub", "East District", "signer")]


def test_who_does_not_know_gives_the_street_instead(town: Town) -> None:
    path = sign(town)

    give(town, path, street_address=EAST, postal_code="02139")
    town.work()

    assert town.list_places(town.read().id) == [("cousub", "East District", "polygon")]


def test_a_street_in_the_form_that_can_be_looked_up_leaves_nothing_to_ask(town: Town) -> None:
    assert sign(town, street_address=WEST).startswith(f"{CAMPAIGN}/thanks?near=")


def test_a_town_and_a_city_are_asked_one_after_the_other(street_app: Flask) -> None:
    town = lay_town(street_app, ["place", "cousub"])

    second = give(town, sign(town), home=WEST_TOWN)
    page = open_page(street_app, second)
    thanks = give(town, second, home="place:25002")
    town.work()

    assert "Find my city or town" in read_words(page) and WEST_TOWN not in page.text
    assert thanks.startswith(f"{CAMPAIGN}/thanks?near=")
    assert town.list_places(town.read().id) == [
        ("cousub", "West District", "signer"),
        ("place", "East District", "signer"),
    ]


def test_where_a_street_must_tell_another_layer_the_street_is_asked(street_app: Flask) -> None:
    town = lay_town(street_app, ["cousub", "sldl"])

    path = sign(town)
    words = read_words(open_page(street_app, path))
    give(town, path, street_address=EAST)
    town.work()

    assert "which street do you live on?" in words
    found = town.list_places(town.read().id)
    assert found == [
        ("cousub", "East District", "polygon"),
        ("sldl", "East District", "polygon"),
    ]


def test_who_leaves_the_question_is_promised_no_count(town: Town) -> None:
    page = open_page(town.app, sign(town))
    leave = page.text.partition('<p class="act"><a href="')[2].partition('"')[0]

    words = read_words(open_page(town.app, leave.replace("&amp;", "&")))

    assert "You tell us where you live." in words and "not counted until then" in words
    assert "We find your town" not in words


def test_the_private_page_asks_by_name_too(town: Town) -> None:
    link = link_to(town, town.put())

    page = open_page(town.app, link)
    refused = town.app.test_client().post(link, data={"do": "home", "home": "cousub:25009"})
    give(town, link, do="home", home=WEST_TOWN)
    town.work()

    assert "In which town do you live?" in read_words(page) and WEST_TOWN in page.text
    assert "02139" not in page.text
    assert refused.status_code == 422
    assert town.list_places(town.read().id) == [("cousub", "West District", "signer")]


def test_another_zip_forgets_what_was_named(town: Town) -> None:
    signature_id = town.put(home=WEST_TOWN)
    assert town.read().state == "counted"

    give(town, link_to(town, signature_id), do="address", street_address="", postal_code="02140")

    assert read_homes(town.app) == [""]


def test_the_confirmation_leads_to_the_question(street_app: Flask) -> None:
    town = lay_town(street_app, ["cousub"], confirm_email=True)
    early = sign(town)
    link = link_to(town, town.read().id, LinkPurpose.CONFIRM)
    give(town, link)

    page = open_page(street_app, link)
    path = page.text.partition('class="button" href="')[2].partition('"')[0]
    asked = read_words(open_page(street_app, path))
    thanks = read_words(open_page(street_app, give(town, path, home=EAST_TOWN)))
    town.work()

    assert "One more question" in read_words(page)
    assert "confirm by e-mail" not in asked and "confirm by e-mail" not in thanks
    assert town.list_places(town.read().id) == [("cousub", "East District", "signer")]
    assert street_app.test_client().post(early, data={"home": WEST_TOWN}).status_code == 410
    assert "One question is left" not in read_words(open_page(street_app, link))


def test_what_is_answered_before_confirming_is_used_then(street_app: Flask) -> None:
    town = lay_town(street_app, ["cousub"], confirm_email=True)
    give(town, sign(town), home=EAST_TOWN)

    give(town, link_to(town, town.read().id, LinkPurpose.CONFIRM))
    town.work()

    assert town.list_places(town.read().id) == [("cousub", "East District", "signer")]


def test_the_form_gets_the_question_for_a_zip_and_no_cookie(town: Town) -> None:
    page = town.app.test_client().post(HOMES, data={"postal_code": "02139"})
    other = town.app.test_client().post(HOMES, data={"postal_code": "2139"})

    assert PARTS in page.text
    assert 'type="radio"' in page.text and 'name="home_cousub" value="25001"' in page.text
    assert (other.status_code, other.text) == (200, "")
    assert "Set-Cookie" not in page.headers and page.headers["Cache-Control"] == "no-store"


def test_the_question_for_the_form_is_asked_by_no_other_site(town: Town) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    page = town.app.test_client().post(HOMES, data={"postal_code": "02139"}, headers=headers)

    assert page.status_code == 403


def test_what_was_chosen_in_the_form_decides_and_nothing_is_asked(town: Town) -> None:
    thanks = sign(town, home_cousub="25002")
    town.work()

    assert thanks.startswith(f"{CAMPAIGN}/thanks?near=")
    assert "East District" in read_words(open_page(town.app, thanks))
    assert town.list_places(town.read().id) == [("cousub", "East District", "signer")]


def test_what_the_form_did_not_offer_is_refused_beside_its_field(town: Town) -> None:
    page = town.sign(home_cousub="25009")

    assert page.status_code == 422
    assert "They are the places that the ZIP code covers." in read_words(page)
    assert 'name="home_cousub" value="25001"' in page.text
    assert count_signatures(town.app) == 0


def test_after_another_error_the_form_still_has_what_was_chosen(town: Town) -> None:
    page = town.sign(home_cousub="25002", email="nobody")

    assert page.status_code == 422
    assert 'name="home_cousub" value="25002" checked' in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"postal_code": "09012"}, "09012 is a military ZIP code"),
        ({"postal_code": "96960"}, "does not cover ZIP code 96960"),
        ({"street_address": "PO Box 12"}, "A P.O. box is only for mail."),
    ],
    ids=["armed forces", "no district", "box"],
)
def test_who_gives_no_home_is_asked_for_it_and_promised_nothing(
    town: Town, typed: dict[str, str], said: str
) -> None:
    path = sign(town, **typed)
    words = read_words(open_page(town.app, path))
    town.work()
    before = town.read().state
    again = town.app.test_client().post(path, data={"street_address": "", "postal_code": "09012"})
    second = give(town, path, street_address="", postal_code="02139")
    thanks = give(town, second, home=WEST_TOWN)
    town.work()

    assert said in words and "You are counted" not in words
    assert before == "review"
    assert again.status_code == 422 and "This is a military ZIP code" in read_words(again)
    assert thanks.startswith(f"{CAMPAIGN}/thanks?near=")
    assert town.list_places(town.read().id) == [("cousub", "West District", "signer")]


def test_one_network_asks_only_so_often_and_signs_all_the_same(
    make_app: Callable[..., Flask],
) -> None:
    town = lay_town(make_app(PETITION_SIGN_LIMIT="3 per hour"), ["cousub"])
    client = town.app.test_client()

    asked = [client.post(HOMES, data={"postal_code": "02139"}).status_code for _ in range(5)]

    assert asked == [200] * 3 + [429] * 2
    assert sign(town).startswith(f"{CAMPAIGN}/address/")
    assert client.post(f"{CAMPAIGN}/near", data={"postal_code": "02139"}).status_code != 429
