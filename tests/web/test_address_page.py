"""Asking for the street: right after signing, on the private page, and before anybody signs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.core.queues import Stage
from petition.models import Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.ground import SLUG
from tests.redistricting.world import count_live_rows, read_tallies
from tests.web.public_world import (
    CAMPAIGN,
    SIGN,
    count_signatures,
    find_thanks,
    look_up,
    open_page,
    read_answer,
    read_words,
)
from tests.web.street_world import AWAY, EAST, NOWHERE, WEST, Town, lay_town

NEAR = f"{CAMPAIGN}/near"


def ask(town: Town, number: int = 1) -> str:
    """Sign with a bare ZIP; return the address of the page that asks for the street."""
    answer = town.sign(number)
    assert answer.status_code == 303
    return answer.headers["Location"]


def link_to(town: Town, signature_id: int) -> str:
    """Return a signer's private link."""
    with town.app.app_context():
        return f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"


def test_a_zip_in_two_districts_leads_to_the_page_that_names_them_and_asks(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)

    path = ask(town)
    page = open_page(street_app, path)

    assert path.startswith(f"{CAMPAIGN}/address/")
    assert count_signatures(street_app) == 1
    words = read_words(page)
    assert "Your signature is kept." in words
    assert "ZIP code 02139, Cambridge, does not show which state house district" in words
    assert "West District" in words and "East District" in words
    assert 'name="street_address"' in page.text and 'value="Cambridge"' in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Cache-Control"] == "no-store"


def test_the_street_is_stored_and_decides(street_app: Flask) -> None:
    town = lay_town(street_app)
    path = ask(town)
    town.work()
    assert town.read().state == "review"

    answer = street_app.test_client().post(path, data={"street_address": EAST})
    waiting = street_app.extensions["hundredth-queues"].queue(Stage.LOCATE).count
    town.work()

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{CAMPAIGN}/thanks?near=")
    assert waiting == 1
    signature = town.read()
    assert signature.person is not None
    assert (signature.person.street_address, signature.person.locality) == (EAST, "Cambridge")
    assert signature.state == "counted"
    assert town.list_places(signature.id) == [("sldl", "East District", "polygon")]


def read_streets(app: Flask) -> list[str]:
    """Return the street of each signature, in the order in which they were stored."""
    with app.app_context():
        people = db.session.scalars(select(Signature.person).order_by(Signature.id))
        return [person.street_address for person in people if person]


def test_who_leaves_the_page_waits_in_review_and_counts_nowhere(street_app: Flask) -> None:
    town = lay_town(street_app)
    path = ask(town)

    page = open_page(street_app, path)
    town.work()

    assert f'href="{CAMPAIGN}/thanks?near=' in page.text
    assert town.read().state == "review"
    with street_app.app_context():
        assert (read_tallies(), count_live_rows()) == ({}, 0)


def test_a_second_signing_is_asked_alike_and_changes_nothing_of_the_first(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)
    first = ask(town)
    second = ask(town)

    pages = [open_page(street_app, path) for path in (first, second)]
    empty = [street_app.test_client().post(path, data={}) for path in (first, second)]
    before = read_streets(street_app)
    answers = [
        street_app.test_client().post(path, data={"street_address": WEST})
        for path in (second, first)
    ]

    assert count_signatures(street_app) == 2
    assert len(first) == len(second) and first != second
    assert pages[0].status_code == pages[1].status_code == 200
    assert read_words(pages[0]) == read_words(pages[1])
    assert [page.status_code for page in empty] == [422, 422]
    assert read_words(empty[0]) == read_words(empty[1])
    assert before == ["", ""]
    assert read_answer(answers[0]) == read_answer(answers[1])
    assert answers[0].status_code == 303


def test_the_answer_to_a_second_signing_is_its_own(street_app: Flask) -> None:
    town = lay_town(street_app)
    ask(town)
    second = ask(town)

    street_app.test_client().post(second, data={"street_address": WEST})

    assert read_streets(street_app) == ["", WEST]


@pytest.mark.parametrize("again", [False, True])
def test_a_question_is_answered_once_alike_for_everybody(street_app: Flask, again: bool) -> None:
    town = lay_town(street_app)
    path = ask(town)
    if again:
        path = ask(town)
    town.work()
    client = street_app.test_client()

    given = {"street_address": WEST, "postal_code": ""}
    answers = [client.post(path, data=given | {"street_address": x}) for x in (WEST, EAST, WEST)]

    assert [answer.status_code for answer in answers] == [303, 410, 410]
    assert "your answer was saved" in answers[1].text
    assert read_streets(street_app)[-1] == WEST


def test_no_question_is_answered_after_the_owner_has_acted(street_app: Flask) -> None:
    town = lay_town(street_app)
    path = ask(town)
    client = street_app.test_client()
    client.post(link_to(town, town.read().id), data={"do": "address", "street_address": WEST})

    answer = client.post(path, data={"street_address": EAST})

    assert answer.status_code == 410
    person = town.read().person
    assert person is not None and person.street_address == WEST


def test_what_is_wrong_with_the_street_is_told_and_nothing_typed_is_lost(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)
    path = ask(town)

    page = street_app.test_client().post(path, data={"street_address": "", "locality": "Kendall"})

    assert page.status_code == 422
    assert "Enter your house number and street." in read_words(page)
    assert "Your signature is kept" in read_words(page)
    assert 'value="Kendall"' in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_expired_link_says_that_the_signature_is_kept(
    street_app: Flask, make_later: Callable[[timedelta], None], method: str
) -> None:
    town = lay_town(street_app)
    path = ask(town)
    make_later(timedelta(hours=3))

    answer = street_app.test_client().open(path, method=method, data={"street_address": WEST})

    assert answer.status_code == 410
    assert "Your signature is kept" in answer.text
    person = town.read().person
    assert person is not None and person.street_address == ""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_is_refused(street_app: Flask, method: str) -> None:
    lay_town(street_app)

    for token in ("forged", "%00", "A" * 106, "x" * 3000, "…"):
        answer = street_app.test_client().open(f"{CAMPAIGN}/address/{token}", method=method)
        assert answer.status_code == 404, token
        assert "This link is not valid" in answer.text


def test_a_link_of_another_campaign_is_refused(street_app: Flask) -> None:
    town = lay_town(street_app)
    with street_app.app_context():
        token = make_question(None, town.campaign_id + 1, "02139")

    assert open_page(street_app, f"/campaigns/{SLUG}/address/{token}").status_code == 404


@pytest.mark.parametrize(
    ("layers", "typed"),
    [(["county"], {}), (["sldl"], {"street_address": WEST})],
    ids=["a county needs no street", "the street was given"],
)
def test_nobody_is_asked_without_need(
    street_app: Flask, layers: list[str], typed: dict[str, str]
) -> None:
    town = lay_town(street_app, layers)

    assert town.sign(**typed).headers["Location"].startswith(f"{CAMPAIGN}/thanks?near=")


def test_the_thanks_say_from_what_the_district_is_found(street_app: Flask) -> None:
    lay_town(street_app)

    words = read_words(open_page(street_app, find_thanks(street_app)))

    assert "from your street address, or from your ZIP code if that is enough" in words
    assert "to your state representative with your name and town" in words


def test_a_signer_in_review_reads_why_and_what_is_in_question(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "sldl"])
    link = link_to(town, town.put())

    page = open_page(street_app, link)

    words = read_words(page)
    assert "We could not find your district" in words
    assert "Your ZIP code covers several districts." in words
    assert "one of these: East District West District" in words
    assert "Your county, based on your ZIP code." in words  # that one is certain
    assert "Your name goes with the next letter" not in words
    assert 'name="street_address"' in page.text and "<details" in page.text
    assert "02139" not in page.text and "Cambridge" not in page.text


def test_a_signer_in_review_settles_it_with_their_street(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    link = link_to(town, signature_id)

    answer = street_app.test_client().post(
        link, data={"do": "address", "street_address": WEST, "postal_code": ""}
    )
    town.work()

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{link}?saved=address")
    assert town.read().state == "counted"
    words = read_words(open_page(street_app, link))
    assert "Your state house district, based on your address." in words


def test_a_counted_signer_who_moves_is_counted_once_where_they_live_now(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)
    mover, _ = town.put(WEST), town.put(WEST)
    link = link_to(town, mover)
    with street_app.app_context():
        assert read_tallies() == {"west": (2, 0)}

    answer = street_app.test_client().post(
        link, data={"do": "address", "street_address": EAST, "postal_code": "02139"}
    )
    meanwhile = read_words(open_page(street_app, link))
    with street_app.app_context():
        assert (read_tallies(), count_live_rows()) == ({"west": (2, 0)}, 2)  # not lost meanwhile
    town.work()

    assert answer.status_code == 303
    assert "We are finding your district" in meanwhile
    with street_app.app_context():
        assert (read_tallies(), count_live_rows()) == ({"west": (1, 0), "east": (1, 0)}, 2)
    assert town.list_places(mover) == [("sldl", "East District", "polygon")]


def test_a_wrong_correction_is_told_beside_its_field_and_changes_nothing(
    street_app: Flask,
) -> None:
    town = lay_town(street_app)
    signature_id = town.put(WEST)

    page = street_app.test_client().post(
        link_to(town, signature_id),
        data={"do": "address", "street_address": "", "locality": "Kendall", "postal_code": "99"},
    )

    assert page.status_code == 422
    words = read_words(page)
    assert "Enter your house number and street." in words and "five-digit ZIP code" in words
    assert 'value="Kendall"' in page.text and "<details" in page.text and " open>" in page.text
    assert town.read().state == "counted"


def test_a_link_does_nothing_that_it_was_not_asked_to_do(street_app: Flask) -> None:
    town = lay_town(street_app)
    link = link_to(town, town.put(WEST))

    for data in ({}, {"do": "nothing"}):
        assert street_app.test_client().post(link, data=data).status_code == 400
    assert town.read().state == "counted"


def test_who_moves_gives_the_zip_code_too(street_app: Flask) -> None:
    town = lay_town(street_app)
    mover = town.put(WEST)

    page = street_app.test_client().post(
        link_to(town, mover),
        data={"do": "address", "street_address": EAST, "locality": "Worcester", "postal_code": ""},
    )

    assert page.status_code == 422
    assert "Enter a five-digit ZIP code." in read_words(page)
    assert town.read(mover).state == "counted"


@pytest.mark.parametrize("typed", [{"locality": "Worcester"}, {"region": "NY"}])
def test_another_town_or_state_needs_its_zip_code_and_the_old_one_is_not_told(
    street_app: Flask, typed: dict[str, str]
) -> None:
    town = lay_town(street_app)
    signature_id = town.put()

    page = street_app.test_client().post(
        link_to(town, signature_id),
        data={"do": "address", "street_address": WEST, "postal_code": ""} | typed,
    )

    assert page.status_code == 422
    assert "Enter the ZIP code of that town and state too." in read_words(page)
    assert "02139" not in page.text
    assert town.read(signature_id).state == "review"


def test_who_has_left_has_no_address_to_correct(street_app: Flask) -> None:
    town = lay_town(street_app)
    link = link_to(town, town.put(WEST))
    street_app.test_client().post(link, data={"do": "withdraw"})

    page = open_page(street_app, link)
    answer = street_app.test_client().post(
        link, data={"do": "address", "street_address": EAST, "postal_code": "02139"}
    )

    assert "Correct my address" not in page.text
    assert answer.status_code == 404
    assert town.read().state == "withdrawn"


def test_near_a_zip_names_the_districts_in_question_and_offers_the_street(
    street_app: Flask,
) -> None:
    lay_town(street_app, ["sldu", "sldl"])

    page = look_up(street_app)

    words = read_words(page)
    assert "does not show which state senate district or state house district you live in" in words
    assert "West District" in words and "East District" in words
    assert 'method="post"' in page.text and 'value="02139"' in page.text


def test_near_a_street_names_the_districts_and_who_holds_their_seats(street_app: Flask) -> None:
    lay_town(street_app, ["sldu", "sldl"])

    def read_near(street: str) -> str:
        page = look_up(street_app, street_address=street)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        return read_words(page)

    west, east = read_near(WEST), read_near(EAST)

    assert "Your state senate district" in west and "Your state house district" in west
    assert "Ada Mariner , State Senator, West District" in west
    assert "Ada Mariner , State Representative, West District" in west
    assert "East District" not in west
    assert "The seat is vacant; letters are sent once it is filled." in east
    assert "is sent to the next State Senator, East District" in east


def test_two_districts_of_one_name_are_named_once_in_a_sentence(street_app: Flask) -> None:
    lay_town(street_app, ["sldu", "sldl"])

    page = look_up(street_app, street_address=WEST)

    assert "Your address is in the West District. Your state senate district" in read_words(page)


def test_no_street_is_asked_for_in_a_state_without_districts(street_app: Flask) -> None:
    town = lay_town(street_app)
    elsewhere = town.sign(postal_code="05602")

    page = look_up(street_app, "05602")

    assert page.status_code == 422
    assert "This campaign does not cover that ZIP code." in read_words(page)
    where = read_words(open_page(street_app, elsewhere.headers["Location"]))
    assert "This letter does not cover ZIP code 05602." in where
    town.work()
    assert (town.read().state, town.read().review_reason) == ("review", "no-district")


def test_a_street_that_nobody_knows_is_not_one_that_cannot_be_looked_up_now(
    street_app: Flask,
) -> None:
    lay_town(street_app)

    def read_near(street: str) -> str:
        data = {"street_address": street, "postal_code": "02139"}
        return read_words(street_app.test_client().post(NEAR, data=data))

    unknown, away = read_near(NOWHERE), read_near(AWAY)

    assert "We could not find that street" in unknown and "Check the house number" in unknown
    assert "We cannot look up streets right now" in away and "could not find" not in away


def test_a_street_is_asked_of_nobody_twice(street_app: Flask) -> None:
    lay_town(street_app)

    page = street_app.test_client().post(NEAR, data={"street_address": "", "postal_code": "0"})

    assert page.status_code == 422
    words = read_words(page)
    assert "Enter your house number and street." in words
    assert "There is no such ZIP code." in words
    assert page.text.count('name="street_address"') == 1


def test_the_campaign_says_who_receives_it(street_app: Flask) -> None:
    lay_town(street_app, ["sldu", "sldl"])

    words = read_words(open_page(street_app, CAMPAIGN))

    assert "To your state senator and your state representative" in words
    assert "Your state senator and your state representative, each time another 10 people" in words
    assert SIGN in open_page(street_app, CAMPAIGN).text
