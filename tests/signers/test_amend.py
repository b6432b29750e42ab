"""Amending: a signer corrects name and words until a letter that names them is sealed."""

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.comments.comment_decisions import decide
from petition.core.errors import LetterStale
from petition.core.extensions import db, transaction
from petition.delivery.send import deliver
from petition.letters import make as making
from petition.letters.render import RenderedLetter, render_letters
from petition.models import (
    CommentState,
    Delivery,
    DeliveryState,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
)
from petition.signers.amend import amend
from petition.signers.preferences import choose
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import render_milestone
from tests.letter_store import LetterStore
from tests.letters.samples import read_text
from tests.web.public_world import World, make_world, open_page, read_words

NAME = {"given_name": "Grace", "family_name": "Mended"}


def make_link(world: World) -> str:
    """Return the private page of the first who was counted."""
    with world.app.app_context():
        query = select(LedgerEntry.signature_id).order_by(LedgerEntry.ordinal)
        signature_id = db.session.scalars(query).first() or 0
        return f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"


def post(app: Flask, page: str, do: str = "amend", **form: str) -> TestResponse:
    return app.test_client().post(page, data={"do": do} | form)


def read(app: Flask) -> Signature:
    with app.app_context():
        return db.session.scalars(select(Signature).order_by(Signature.id)).first() or Signature()


def make(app: Flask, milestone_id: int) -> list[int]:
    with app.app_context():
        return render_milestone(milestone_id, LetterStore(app.extensions["hundredth"].letters_dir))


def send(app: Flask, delivery_id: int) -> str:
    with app.app_context():
        deliver(delivery_id, LetterStore(app.extensions["hundredth"].letters_dir).read)
        db.session.rollback()
        return db.session.get_one(Delivery, delivery_id).state


def read_letters(app: Flask) -> list[str]:
    """Return what each letter that is in force says."""
    with app.app_context():
        store = LetterStore(app.extensions["hundredth"].letters_dir)
        query = select(Letter.sha256).where(Letter.superseded_at.is_(None))
        return [read_text(store.read(digest)) for digest in db.session.scalars(query)]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (NAME, "Grace Mended"),
        ({"do": "address", "street_address": "1 A Street", "locality": "Mendville"}, "Mendville"),
    ],
)
def test_an_untried_letter_is_made_anew_with_what_is_right(
    app: Flask, form: dict[str, str], said: str
) -> None:
    world = make_world(app, step=2)
    (milestone,) = world.count(2)
    (delivery,) = make(app, milestone)
    page = make_link(world)

    assert post(app, page, **form).status_code == 303
    assert send(app, delivery) == DeliveryState.QUEUED
    make(app, milestone)
    assert send(app, delivery) == DeliveryState.ACCEPTED

    (letter,) = read_letters(app)
    assert said in letter


def test_words_that_are_taken_back_are_in_no_letter_that_goes(app: Flask) -> None:
    world = make_world(app, step=2, comments="all")
    (milestone,) = world.count(2)
    page = make_link(world)
    post(app, page, comment="The 83 never comes")
    app.test_client().post(f"{page}/choices", data={"boxes": "publish_comment"} | PRINT)
    (delivery,) = make(app, milestone)
    assert "The 83 never comes" in read_letters(app)[0]

    app.test_client().post(f"{page}/choices", data={"boxes": "publish_comment"})
    assert send(app, delivery) == DeliveryState.QUEUED
    make(app, milestone)

    assert send(app, delivery) == DeliveryState.ACCEPTED
    assert "The 83 never comes" not in read_letters(app)[0]


PRINT = {"publish_comment": "1"}


def test_what_is_amended_while_the_letter_is_rendered_is_in_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(app, step=2)
    (milestone,) = world.count(2)
    token = make_link(world).rpartition("/")[2]

    def amend_meanwhile(contents: list[object]) -> list[RenderedLetter]:
        amend(token, NAME)
        return render_letters(contents)  # type: ignore[arg-type]

    with monkeypatch.context() as slow, pytest.raises(LetterStale):
        slow.setattr(making, "render_letters", amend_meanwhile)
        make(app, milestone)
    (delivery,) = make(app, milestone)

    assert send(app, delivery) == DeliveryState.ACCEPTED
    assert "Grace Mended" in read_letters(app)[0]


def test_once_a_letter_is_sealed_nothing_is_changed(app: Flask) -> None:
    world = make_world(app, step=2)
    (milestone,) = world.count(2)
    page = make_link(world)
    assert "as it will be printed" in read_words(open_page(app, page))
    with app.app_context(), transaction() as session:
        sealed = session.get_one(Milestone, milestone)
        sealed.state, sealed.sealed_at = MilestoneState.CLEARED, sealed.reached_at
    before = read(app)

    answer = post(app, page, **NAME, comment="Other words")

    assert answer.status_code == 422
    assert "letter with your name was already sent" in read_words(answer)
    assert "as it will be printed" not in read_words(open_page(app, page))
    after = read(app)
    assert (after.person, after.amended_at, after.name_changes) == (before.person, None, 0)


def test_a_name_is_changed_three_times_and_words_any_number(app: Flask) -> None:
    world = make_world(app)
    world.count(1)
    page = make_link(world)
    for name in ("Ann", "Bea", "Bea", "Cleo"):
        assert post(app, page, given_name=name).status_code == 303

    assert post(app, page, given_name="Dora").status_code == 422
    assert post(app, page, comment="Please", given_name="Cleo").status_code == 303

    row = read(app)
    assert row.person is not None
    assert (row.person.given_name, row.person.comment, row.name_changes) == ("Cleo", "Please", 3)
    assert "three times" in read_words(open_page(app, page))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"given_name": "", "family_name": ""}, "given_name"),
        ({"given_name": "A\u202eda"}, "given_name"),
        ({"family_name": "x" * 151}, "family_name"),
        ({"comment": "x" * 1001}, "comment"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    app: Flask, form: dict[str, str], field: str
) -> None:
    world = make_world(app)
    world.count(1)
    before = read(app).person

    answer = post(app, make_link(world), **(NAME | form))

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text and f'id="{field}-problem"' in answer.text
    assert read(app).person == before


def test_prepared_words_that_were_not_changed_are_nobodys_own(app: Flask) -> None:
    world = make_world(app, message="I live here.")
    world.count(1)

    post(app, make_link(world), comment="I  live here.")

    person = read(app).person
    assert person is not None and person.comment == ""


def test_struck_words_that_are_emptied_and_written_again_are_not_printed(app: Flask) -> None:
    world = make_world(app, comments="all")
    world.count(1)
    page = make_link(world)
    token = page.rpartition("/")[2]
    words = "The square is for all of us."
    with app.app_context():
        amend(token, {"comment": words})
        choose(token, True, show_name=None, notify=False, tell_successor=False)
        decide([read(app).id], CommentState.STRUCK, "staff:1", "not for print")

        amend(token, {"comment": ""})
        amend(token, {"comment": words})
        choose(token, True, show_name=None, notify=False, tell_successor=False)

    row = read(app)
    assert row.person is not None and row.person.comment == words
    assert row.comment_state == "waiting" and row.publish_comment
