"""The office may write back: asked after signing and on the private page, and nowhere else."""

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Event, ReplyConsent, Signature
from petition.signers.withdraw import erase_signature
from tests.ground import SLUG
from tests.web.public_world import CAMPAIGN, make_world, open_page, read_words
from tests.web.test_later_answers import answer, open_thanks, read_row
from tests.web.test_private_page import make_page, post

WORDS = (
    "The office that gets the letter may write back to me. It gets my name, ZIP code and e-mail "
    "address in a separate file."
)
SPANISH = "La oficina que reciba la carta puede responderme."


def read_consent(app: Flask) -> ReplyConsent | None:
    with app.app_context():
        return db.session.scalars(select(ReplyConsent)).one_or_none()


@pytest.mark.parametrize("way", [CAMPAIGN, f"/embed/{SLUG}"])
def test_it_is_off_and_asked_after_signing_with_its_wording_and_time_kept(
    app: Flask, way: str
) -> None:
    make_world(app, confirm_email=True)
    assert WORDS not in read_words(open_page(app, way))
    page = open_thanks(app, way=way)
    assert WORDS in read_words(page) and read_consent(app) is None

    page = answer(app, page, way, what="reply", do="give")
    consent = read_consent(app)
    assert consent is not None and consent.signature_id == read_row(app).id
    assert (consent.wording, consent.withdrawn_at, consent.shared_at) == (WORDS, None, None)
    assert "Saved: yes." in read_words(page)

    answer(app, page, way, what="reply", do="take")
    consent = read_consent(app)
    assert consent is not None and consent.withdrawn_at is not None


def test_the_wording_is_kept_in_the_language_of_the_page(app: Flask) -> None:
    make_world(app, confirm_email=True)
    page = open_thanks(app)
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    form = {"token": token, "what": "reply", "do": "give"}

    app.test_client().post(f"{CAMPAIGN}/answers?lang=es", data=form)

    consent = read_consent(app)
    assert consent is not None and consent.wording.startswith(SPANISH)


def test_a_campaign_that_proves_no_mailbox_does_not_ask_after_signing(app: Flask) -> None:
    make_world(app, confirm_email=False)

    assert WORDS not in read_words(open_thanks(app))


def test_the_private_page_gives_it_and_takes_it_back(app: Flask) -> None:
    make_world(app)
    page = make_page(app)
    assert WORDS in read_words(open_page(app, page))

    sent = post(app, f"{page}/reply", do="give")
    assert "Saved: the office may write back to you." in read_words(
        open_page(app, sent.headers["Location"])
    )
    consent = read_consent(app)
    assert consent is not None and (consent.wording, consent.withdrawn_at) == (WORDS, None)
    assert "An office has your name" not in read_words(open_page(app, page))

    post(app, f"{page}/reply", do="withdraw")
    consent = read_consent(app)
    assert consent is not None and consent.withdrawn_at is not None
    assert "and stopped it on" in read_words(open_page(app, page))
    assert post(app, f"{page}/reply", do="sell").status_code == 400
    with app.app_context():
        actions = db.session.scalars(select(Event.action).order_by(Event.id)).all()
    assert [one for one in actions if one.startswith("reply.")] == [
        "reply.given",
        "reply.withdrawn",
    ]


def test_once_a_letter_has_gone_the_page_says_that_an_office_has_it(app: Flask) -> None:
    make_world(app)
    page = make_page(app)
    post(app, f"{page}/reply", do="give")
    with app.app_context(), transaction() as session:
        session.scalars(select(ReplyConsent)).one().shared_at = utcnow()

    post(app, f"{page}/reply", do="withdraw")

    words = read_words(open_page(app, page))
    assert "An office has your name, ZIP code and e-mail address" in words
    assert "cannot be taken back" in words


def test_its_signer_takes_it_along_and_an_erasure_ends_it(app: Flask) -> None:
    make_world(app)
    page = make_page(app)
    assert open_page(app, f"{page}/data.json").json["reply"] is None
    post(app, f"{page}/reply", do="give")
    assert open_page(app, f"{page}/data.json").json["reply"]["wording"] == WORDS

    with app.app_context():
        erase_signature(db.session.scalars(select(Signature.id)).one())
        db.session.remove()

    consent = read_consent(app)
    assert consent is not None and consent.withdrawn_at is not None
    assert post(app, f"{page}/reply", do="give").status_code == 404
    assert WORDS not in read_words(open_page(app, page))
