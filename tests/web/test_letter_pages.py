"""The page that confirms a letter to whoever holds it."""

import hashlib

from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, get_settings, transaction
from petition.models import (
    Delivery,
    DeliveryState,
    District,
    Letter,
    Milestone,
    Person,
    Signature,
)
from tests.factories import make_post
from tests.letter_store import LetterStore
from tests.web.public_world import list_links, make_world, open_page, read_words


def test_a_letter_is_confirmed_with_its_facts_and_its_hash(app: Flask) -> None:
    world = make_world(app, step=12, title="A rule for cameras")
    code = world.send(world.count(12)[0])

    page = open_page(app, f"/letters/{code}")

    words = read_words(page)
    assert page.status_code == 200
    with app.app_context():
        letter = db.session.scalars(select(Letter)).one()
        pdf = LetterStore(get_settings().letters_dir).read(letter.sha256)
    assert hashlib.sha256(pdf).hexdigest() in page.text
    for fact in ("A rule for cameras", "Middlesex County, MA", "12 people", "In the outbox"):
        assert fact in words
    assert f"Names in the letter {letter.names}" in words
    assert f"Pages {letter.pages}" in words


def test_a_letter_to_two_posts_has_a_hash_for_each(app: Flask) -> None:
    world = make_world(app, step=12)
    with app.app_context(), transaction() as session:
        make_post(session, session.get_one(District, world.district_id), title="County Executive")
    code = world.send(world.count(12)[0])

    page = open_page(app, f"/letters/{code}")

    with app.app_context():
        hashes = set(db.session.scalars(select(Letter.sha256)))
    assert len(hashes) == 2
    assert all(digest in page.text for digest in hashes)
    assert "To the County Executive" in read_words(page)


def test_nobody_is_named(app: Flask) -> None:
    world = make_world(app, step=12)
    code = world.send(world.count(12)[0])

    page = open_page(app, f"/letters/{code}").text

    with app.app_context():
        people = db.session.scalars(select(Signature.person)).all()
    assert len(people) == 12
    for person in people:
        assert isinstance(person, Person)
        assert person.family_name not in page and person.email not in page


def test_a_code_may_be_typed_as_people_type(app: Flask) -> None:
    world = make_world(app, step=12)
    code = world.send(world.count(12)[0])
    misread = code.lower().replace("0", "o").replace("1", "l")

    for typed in (code.lower(), f"{code[:4]}-{code[4:]}", misread):
        assert open_page(app, f"/letters/{typed}").status_code == 200
        found = open_page(app, f"/letters?code={typed}")
        assert found.status_code == 303
        assert found.headers["Location"] == f"/letters/{code}"


def test_a_letter_that_is_not_made_yet_is_confirmed_without_a_hash(app: Flask) -> None:
    world = make_world(app, step=12)
    world.count(12)
    with app.app_context():
        code = db.session.scalars(select(Milestone.code)).one()

    words = read_words(open_page(app, f"/letters/{code}"))

    assert "On its way" in words and "Its PDF is being made" in words
    assert "sent it" not in words and "SHA-256" not in words and "sha256sum" not in words


def test_no_pdf_is_promised_of_a_letter_that_was_cancelled(app: Flask) -> None:
    world = make_world(app, step=12)
    world.count(12)
    with app.app_context():
        code = db.session.scalars(select(Milestone.code)).one()
        with transaction() as session:
            session.scalars(select(Delivery)).one().state = DeliveryState.CANCELLED

    words = read_words(open_page(app, f"/letters/{code}"))

    assert "Not sent" in words and "being made" not in words


def test_an_unknown_code_is_helped_along(app: Flask) -> None:
    for typed in ("XXXXXXXX", "%00", "%ff", "a" * 500, "<script>alert(1)", "' OR 1=1 --", "é"):
        page = open_page(app, f"/letters/{typed}")
        found = app.test_client().get(f"/letters?code={typed}", follow_redirects=True)

        for answer in (page, found):
            assert answer.status_code == 404, typed
            assert "No letter has this code" in read_words(answer)
            assert 'role="alert" tabindex="-1" autofocus' in answer.text
            assert "#code" in list_links(answer) and 'id="code"' in answer.text
            assert "<script" not in answer.text


def test_the_page_without_a_code_asks_for_one(app: Flask) -> None:
    page = open_page(app, "/letters")

    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert "/letters" in list_links(page)
