"""What is asked after signing: each answer is saved by itself, on the row just stored alone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.comments.comment_decisions import decide
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import CommentState, Consent, ConsentOffer, Event, Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_campaign
from tests.ground import SLUG, fill_form
from tests.web.public_world import (
    CAMPAIGN,
    add_offers,
    make_world,
    open_page,
    read_words,
    sign,
)

SAVED = re.compile(r'<p class="saved"[^>]* tabindex="-1" autofocus>')


def open_thanks(app: Flask, number: int = 1, way: str = CAMPAIGN, **typed: str) -> TestResponse:
    answer = sign(app, fill_form(number) | typed, f"{way}/signatures")
    return open_page(app, answer.headers["Location"])


def read_token(page: TestResponse) -> str:
    return page.text.partition('name="token" value="')[2].partition('"')[0]


def answer(app: Flask, page: TestResponse, way: str = CAMPAIGN, **form: str) -> TestResponse:
    """Send one of the page's forms; return the page that follows."""
    sent = app.test_client().post(f"{way}/answers", data={"token": read_token(page)} | form)
    if sent.status_code != 303:
        return sent
    return open_page(app, sent.headers["Location"])


def read_row(app: Flask, index: int = -1) -> Signature:
    with app.app_context():
        return list(db.session.scalars(select(Signature).order_by(Signature.id)))[index]


@pytest.mark.parametrize("way", [CAMPAIGN, f"/embed/{SLUG}"])
def test_each_box_is_saved_by_one_tap_and_taken_back_by_another(app: Flask, way: str) -> None:
    make_world(app, confirm_email=True, recent_shown=5)
    page = open_thanks(app, way=way)
    assert not SAVED.search(page.text)

    for name in ("notify", "tell_successor", "show_name"):
        page = answer(app, page, way, what=name, do="give")
        assert len(SAVED.findall(page.text)) == 1 and "Saved: yes." in read_words(page)
        assert getattr(read_row(app), name)
    page = answer(app, page, way, what="notify", do="take")

    assert "Saved: no." in read_words(page)
    row = read_row(app)
    assert (row.notify, row.tell_successor, row.show_name) == (False, True, True)


def test_words_are_saved_and_printed_only_where_that_is_ticked(app: Flask) -> None:
    make_world(app)
    page = open_thanks(app)

    page = answer(app, page, what="words", comment="I live here.")
    row = read_row(app)
    assert row.person is not None and row.person.comment == "I live here."
    assert not row.publish_comment and row.comment_state is None
    assert "Your words are not printed" in read_words(page) and "I live here." not in page.text

    page = answer(app, page, what="words", comment="And stay.", publish_comment="1")
    row = read_row(app)
    assert row.person is not None and row.person.comment == "And stay."
    assert row.publish_comment and row.comment_state == "waiting"


def test_struck_words_are_not_printed_by_taking_them_back_and_sending_them_again(
    app: Flask,
) -> None:
    make_world(app, comments="all")
    words = {"what": "words", "comment": "The square is for all of us."}
    page = answer(app, open_thanks(app), publish_comment="1", **words)
    assert read_row(app).comment_state == "allowed"
    with app.app_context():
        decide([read_row(app).id], CommentState.STRUCK, "staff:1", "not for print")

    page = answer(app, page, **words)
    assert read_row(app).comment_state == "struck"
    answer(app, page, publish_comment="1", **words)

    assert read_row(app).comment_state == "waiting"


@pytest.mark.parametrize("way", [CAMPAIGN, f"/embed/{SLUG}"])
def test_words_that_are_refused_are_shown_again_with_their_problem(app: Flask, way: str) -> None:
    make_world(app)

    page = answer(app, open_thanks(app, way=way), way, what="words", comment="A\x1b[31mB")

    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert 'href="#comment"' in page.text and 'id="comment-problem"' in page.text
    row = read_row(app)
    assert row.person is not None and row.person.comment == ""


def test_each_group_is_allowed_by_itself_in_the_wording_that_was_shown(app: Flask) -> None:
    world = make_world(app)
    offers = add_offers(world.campaign_id, app)
    page = open_thanks(app)
    assert "May write to me." in page.text

    page = answer(app, page, what=f"offer-{offers['open-streets']}", do="give")

    assert read_allowed(app) == [offers["open-streets"]]
    answer(app, page, what=f"offer-{offers['open-streets']}", do="take")
    assert read_allowed(app) == []


def test_a_wording_that_is_offered_no_longer_is_not_consented_to(app: Flask) -> None:
    world = make_world(app)
    offer = add_offers(world.campaign_id, app)["open-streets"]
    page = open_thanks(app)
    with app.app_context(), transaction() as session:
        session.get_one(ConsentOffer, offer).retired_at = utcnow()

    assert answer(app, page, what=f"offer-{offer}", do="give").status_code == 404
    assert read_allowed(app) == []


def read_allowed(app: Flask) -> list[int]:
    with app.app_context():
        query = select(Consent.offer_id).where(Consent.withdrawn_at.is_(None))
        return list(db.session.scalars(query))


def test_what_the_form_had_is_shown_as_chosen(app: Flask) -> None:
    world = make_world(app, confirm_email=True)
    offer = add_offers(world.campaign_id, app)["open-streets"]

    page = open_thanks(app, **{"consent_email_open-streets": f"offer-{offer}", "notify": "1"})

    chosen = re.findall(
        r'name="what" value="([a-z_0-9-]+)">(?:(?!</form>).)*"take"', page.text, re.S
    )
    assert sorted(chosen) == ["notify", f"offer-{offer}"]


def test_a_stranger_who_types_an_address_changes_nothing_of_its_owners(app: Flask) -> None:
    world = make_world(app)
    offer = add_offers(world.campaign_id, app)["open-streets"]
    sign(app, fill_form(1) | {"comment": "My own", "publish_comment": "1"})

    page = open_thanks(app)  # the same address once more
    page = answer(app, page, what="words", comment="Not theirs", publish_comment="1")
    page = answer(app, page, what=f"offer-{offer}", do="give")

    own, added = read_row(app, 0), read_row(app, 1)
    assert own.person is not None and own.person.comment == "My own"
    assert added.state == "pending"
    assert added.person is not None and added.person.comment == "Not theirs"
    with app.app_context():
        assert db.session.scalars(select(Consent.signature_id)).all() == [added.id]


def test_after_the_owner_has_acted_nothing_more_is_taken(app: Flask) -> None:
    make_world(app, confirm_email=True)
    page = open_thanks(app)
    with app.app_context():
        token = make_token(read_row(app).id, LinkPurpose.CONFIRM)
    app.test_client().post(f"/confirm/{token}")

    refused = answer(app, page, what="notify", do="give")

    assert refused.status_code == 410
    assert not read_row(app).notify


def test_the_token_is_good_for_an_hour_and_for_its_own_campaign(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app, confirm_email=True)
    page = open_thanks(app)

    for token in ("", "forged", read_token(page)[:-4], "é"):
        form = {"token": token, "what": "notify", "do": "give"}
        assert app.test_client().post(f"{CAMPAIGN}/answers", data=form).status_code == 404
    assert answer(app, page, what="email", do="give").status_code == 400
    make_later(timedelta(minutes=59))
    assert "Saved: yes." in read_words(answer(app, page, what="notify", do="give"))
    make_later(timedelta(minutes=2))
    assert answer(app, page, what="tell_successor", do="give").status_code == 410


@pytest.mark.parametrize("comment", ["I live here.", "A\x1b[31mB"])
def test_no_campaign_thanks_for_what_was_signed_elsewhere(app: Flask, comment: str) -> None:
    make_world(app)
    page = open_thanks(app)
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="other")

    for way in ("/campaigns/other", "/embed/other"):
        assert answer(app, page, way, what="words", comment=comment).status_code == 404
    row = read_row(app)
    assert row.person is not None and row.person.comment == ""


def test_the_length_of_an_address_does_not_tell_what_was_chosen(app: Flask) -> None:
    world = make_world(app, confirm_email=True)
    offers = add_offers(world.campaign_id, app)
    plain = sign(app, fill_form(1)).headers["Location"]
    consent = {"consent_email_open-streets": f"offer-{offers['open-streets']}"}
    ticked = sign(app, fill_form(2) | consent | {"notify": "1"}).headers["Location"]

    token = read_token(open_page(app, plain))
    answers = [
        app.test_client().post(f"{CAMPAIGN}/answers", data={"token": token} | form)
        for form in ({"what": "words", "comment": "Yes"}, {"what": "show_name", "do": "give"})
    ]

    lengths = {len(one) for one in (plain, ticked, *(a.headers["Location"] for a in answers))}
    assert len(lengths) == 1


def test_no_address_and_no_event_holds_what_was_said(app: Flask) -> None:
    make_world(app)
    page = open_thanks(app)
    form = {"token": read_token(page), "what": "words", "comment": "Quetzal lives here"}

    sent = app.test_client().post(f"{CAMPAIGN}/answers", data=form)

    assert "Quetzal" not in sent.headers["Location"] and not sent.headers.getlist("Set-Cookie")
    assert read_token(page) not in sent.headers["Location"]
    with app.app_context():
        details = db.session.scalars(select(Event.detail)).all()
    assert details and not any("Quetzal" in str(detail) for detail in details)


def test_a_form_of_another_website_is_refused(app: Flask) -> None:
    make_world(app, confirm_email=True)
    form = {"token": read_token(open_thanks(app)), "what": "notify", "do": "give"}

    refused = app.test_client().post(
        f"{CAMPAIGN}/answers", data=form, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert refused.status_code == 403 and not read_row(app).notify
