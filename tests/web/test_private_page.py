"""The private page: what a signer allowed, may change and take along; a lost link found again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.models import (
    Campaign,
    Consent,
    ConsentOffer,
    LedgerEntry,
    Mail,
    Organization,
    Signature,
    SignatureState,
)
from petition.notifications.link_requests import answer_asks
from petition.signers.export import LEFT_OUT
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_consent, make_person, make_signature
from tests.ground import SLUG, fill_form
from tests.web.public_world import list_links, make_world, open_page, read_words, sign

WORDING = "Open Gov may write to me about this letter."
LOST = "/signatures/lost"
EMAIL = "ada@people.example"


def make_offer(app: Flask, **changes: Any) -> int:
    """Let an organization ask for something under the form; return the offer's id."""
    with app.app_context(), transaction() as session:
        organization = session.scalar(select(Organization))
        if organization is None:
            organization = Organization(slug="open-gov", name="Open Gov")
            session.add(organization)
            session.flush()
        offer = ConsentOffer(
            campaign_id=session.scalars(select(Campaign.id)).one(),
            organization_id=organization.id,
            **({"purpose": "email", "wording": WORDING, "created_at": utcnow()} | changes),
        )
        session.add(offer)
        session.flush()
        return offer.id


def make_page(app: Flask, **changes: Any) -> str:
    """Add a signature and return the address of its private page."""
    with app.app_context():
        with transaction() as session:
            campaign = session.scalars(select(Campaign)).one()
            person = make_person(email=EMAIL, street_address="12 Canary Street")
            signature_id = make_signature(session, campaign, **({"person": person} | changes)).id
        return f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"


def post(app: Flask, path: str, **form: str) -> TestResponse:
    """Send a form as somebody without a cookie."""
    return app.test_client(use_cookies=False).post(path, data=form)


def read_row(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return dict(db.session.execute(select(*Signature.__table__.columns)).one()._mapping)


def read_consent(app: Flask) -> Any:
    with app.app_context():
        return db.session.execute(select(Consent.given_at, Consent.withdrawn_at)).one_or_none()


def test_the_boxes_of_the_form_are_kept_and_off_by_default(app: Flask) -> None:
    make_world(app)
    sign(app, fill_form(1))
    sign(app, fill_form(2) | {"notify": "1", "show_name": "on", "tell_successor": "yes"})

    with app.app_context():
        rows = db.session.execute(
            select(Signature.show_name, Signature.notify, Signature.tell_successor).order_by(
                Signature.id
            )
        ).all()
    assert [tuple(row) for row in rows] == [(False, False, False), (True, True, True)]


def test_a_signer_changes_what_is_shown_and_mailed(app: Flask) -> None:
    make_world(app)
    page = make_page(app, unsubscribed_at=utcnow())

    answer = post(app, f"{page}/choices", notify="1", show_name="1", boxes="show_name")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?saved=choices")
    assert "Saved: your choices." in read_words(open_page(app, answer.headers["Location"]))
    row = read_row(app)
    assert (row["show_name"], row["notify"], row["tell_successor"]) == (True, True, False)
    assert row["unsubscribed_at"] is None  # who asks for a mail gets it
    assert open_page(app, page).text.count(" checked") == 2
    post(app, f"{page}/choices")
    assert not read_row(app)["notify"]


def test_a_signer_takes_their_words_out_of_later_letters_and_puts_them_back(app: Flask) -> None:
    make_world(app)
    person = make_person(email=EMAIL, comment="The 83 never comes.")
    page = make_page(app, person=person, publish_comment=True)
    assert "The 83 never comes." in read_words(open_page(app, page))

    post(app, f"{page}/choices", boxes="publish_comment")
    assert not read_row(app)["publish_comment"]
    post(app, f"{page}/choices", boxes="publish_comment", publish_comment="1")
    assert read_row(app)["publish_comment"]
    post(app, f"{page}/choices", notify="1")  # a page that had no such box says nothing of it
    assert read_row(app)["publish_comment"]


@pytest.mark.parametrize(
    ("comments", "state", "words"),
    [
        ("reviewed", "waiting", "Our staff will read them first."),
        ("reviewed", "struck", "Our staff decided not to print them."),
        ("all", "waiting", "Our staff will read them first."),
        ("all", "waiting", "Your words wait for a person to read them."),
    ],
)
def test_a_signer_reads_where_their_words_stand(
    app: Flask, comments: str, state: str, words: str
) -> None:
    make_world(app, comments=comments)
    page = make_page(
        app,
        person=make_person(email=EMAIL, comment="The 83 never comes."),
        publish_comment=True,
        comment_state=state,
        comment_decided_at=utcnow() if state == "struck" else None,
    )

    assert words in read_words(open_page(app, page))


def test_a_signer_whose_words_are_allowed_is_told_of_nobody_who_reads(app: Flask) -> None:
    make_world(app, comments="all")
    person = make_person(email=EMAIL, comment="The 83 never comes.")
    page = make_page(app, person=person, publish_comment=True, comment_state="allowed")

    words = read_words(open_page(app, page))

    assert "The 83 never comes." in words and "Staff" not in words
    assert "wait for a person" not in words


def test_there_is_no_box_for_words_where_none_are_printed(app: Flask) -> None:
    make_world(app, comments="none")
    page = make_page(app, person=make_person(email=EMAIL, comment="Of earlier days."))

    post(app, f"{page}/choices", boxes="publish_comment", publish_comment="1")

    assert 'name="publish_comment"' not in open_page(app, page).text
    assert not read_row(app)["publish_comment"]


def test_there_is_no_box_for_words_that_nobody_wrote(app: Flask) -> None:
    make_world(app)
    page = make_page(app)

    post(app, f"{page}/choices", boxes="publish_comment", publish_comment="1")

    assert 'name="publish_comment"' not in open_page(app, page).text
    assert not read_row(app)["publish_comment"]


def test_a_consent_shows_its_words_and_is_taken_back_and_given_again(app: Flask) -> None:
    make_world(app)
    offer = make_offer(app)
    page = make_page(app)
    path = f"{page}/consents/{offer}"
    assert "Not allowed" in read_words(open_page(app, page))

    sent = post(app, path, do="give")
    assert sent.status_code == 303
    saved = open_page(app, sent.headers["Location"])
    assert "Saved: Open Gov may contact you." in read_words(saved)
    assert saved.text.count('class="saved" role="status" tabindex="-1" autofocus') == 1
    given_at = read_consent(app).given_at
    words = read_words(open_page(app, page))
    assert WORDING in words and "You allowed this" in words and "Open Gov" in words
    post(app, path, do="give")
    assert read_consent(app) == (given_at, None)  # the first time counts

    post(app, path, do="withdraw")
    withdrawn_at = read_consent(app).withdrawn_at
    assert withdrawn_at is not None
    assert "stopped it on" in read_words(open_page(app, page))
    post(app, path, do="withdraw")
    assert read_consent(app).withdrawn_at == withdrawn_at

    post(app, path, do="give")
    assert read_consent(app).withdrawn_at is None
    assert read_consent(app).given_at > given_at


def test_what_is_not_offered_any_more_is_kept_and_cannot_be_given(app: Flask) -> None:
    make_world(app)
    offer = make_offer(app)
    page = make_page(app)
    post(app, f"{page}/consents/{offer}", do="give")
    with app.app_context(), transaction() as session:
        session.get_one(ConsentOffer, offer).retired_at = utcnow()

    post(app, f"{page}/consents/{offer}", do="withdraw")
    answer = post(app, f"{page}/consents/{offer}", do="give")

    assert answer.status_code == 404
    assert read_consent(app).withdrawn_at is not None
    assert WORDING in read_words(open_page(app, page))
    assert post(app, f"{page}/consents/{offer + 1}", do="give").status_code == 404
    assert post(app, f"{page}/consents/{offer}", do="sell").status_code == 400


def test_everything_that_is_held_comes_as_a_file_that_nobody_keeps(app: Flask) -> None:
    world = make_world(app, step=12)
    code = world.send(world.count(12)[0])
    with app.app_context():
        signature_id = db.session.scalars(select(LedgerEntry.signature_id)).first()
        page = f"/signatures/{make_token(signature_id or 0, LinkPurpose.STATUS)}"
    post(app, f"{page}/consents/{make_offer(app)}", do="give")

    answer = open_page(app, f"{page}/data.json")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    held = json.loads(answer.text)
    assert held["person"]["email"].endswith("@people.example")
    assert set(held["signature"]) == {
        column.key for column in Signature.__table__.columns if column.key not in LEFT_OUT
    }
    assert [consent["wording"] for consent in held["consents"]] == [WORDING]
    assert [district["name"] for district in held["districts"]] == ["Middlesex County"]
    (letter,) = held["letters"]
    assert (letter["code"], letter["state"], len(letter["sha256"])) == (code, "accepted", 64)
    assert {event["action"] for event in held["log"]} == {"consent.given"}
    assert f"{page}/data.json" in list_links(open_page(app, page))


def test_the_page_names_the_pdf_of_each_post(app: Flask) -> None:
    world = make_world(app, step=12)
    code = world.send(world.count(12)[0])
    with app.app_context():
        signature_id = db.session.scalars(select(LedgerEntry.signature_id)).first()
        page = f"/signatures/{make_token(signature_id or 0, LinkPurpose.STATUS)}"

    found = open_page(app, page)

    sha256 = json.loads(open_page(app, f"{page}/data.json").text)["letters"][0]["sha256"]
    assert f'<a href="/letters/{code}">{sha256[:12]}' in found.text


def test_an_address_that_mail_came_back_from_is_said_and_can_be_mended(app: Flask) -> None:
    make_world(app)
    page = make_page(app, unreachable_at=utcnow())
    assert "E-mail to you bounced" in read_words(open_page(app, page))

    assert post(app, f"{page}/reachable").status_code == 303

    assert read_row(app)["unreachable_at"] is None
    assert "bounced" not in read_words(open_page(app, page))


def test_the_signature_is_shown_as_it_will_be_printed_and_changed_there(app: Flask) -> None:
    make_world(app)
    person = make_person(email=EMAIL, comment="I live here.", locality="Cambridge")
    page = make_page(app, person=person, publish_comment=True)
    shown = open_page(app, page).text.partition('class="printed"')[2].partition("</p>")[0]
    assert f"<strong>{person.name}</strong>, Cambridge" in shown and "I live here." in shown
    assert EMAIL not in open_page(app, page).text

    form = {"given_name": "Grace", "family_name": "", "comment": ""}
    answer = post(app, page, do="amend", **form)

    saved = open_page(app, answer.headers["Location"])
    assert "Saved: your signature as it will be printed." in read_words(saved)
    assert "<strong>Grace</strong>, Cambridge" in saved.text


def test_a_street_is_asked_for_only_where_one_is_used(app: Flask) -> None:
    make_world(app)
    page = make_page(app)

    assert 'name="street_address"' not in open_page(app, page).text
    assert post(app, page, do="address", postal_code="").status_code == 422
    answer = post(app, page, do="address", postal_code="02139", locality="Cambridge")

    assert answer.headers["Location"] == f"{page}?saved=address"
    assert "Saved: your address." in read_words(open_page(app, answer.headers["Location"]))


def test_what_an_address_says_was_saved_is_shown_only_by_name(app: Flask) -> None:
    make_world(app)
    page = make_page(app)

    for said in ("<b>", "erase", "offer-1", "nothing"):
        assert 'class="saved"' not in open_page(app, f"{page}?saved={said}").text


def test_who_has_left_reads_only_what_they_allowed(app: Flask) -> None:
    make_world(app)
    offer = make_offer(app)
    page = make_page(app)
    post(app, page, do="withdraw")
    assert "Open Gov" not in open_page(app, page).text

    with app.app_context(), transaction() as session:
        signature_id = session.scalars(select(Signature.id)).one()
        make_consent(session, signature_id, session.get_one(ConsentOffer, offer))

    assert "You allowed this" in read_words(open_page(app, page))


def test_an_erased_page_offers_nothing_and_its_file_holds_nobody(app: Flask) -> None:
    make_world(app)
    offer = make_offer(app)
    page = make_page(app, notify=True)
    post(app, f"{page}/consents/{offer}", do="give")
    post(app, page, do="erase")

    found = open_page(app, page)

    assert "Open Gov" not in found.text and "data.json" not in found.text
    text = open_page(app, f"{page}/data.json").text
    held = json.loads(text)
    assert held["person"] is None
    assert EMAIL not in text and "Ada" not in text and "Canary" not in text
    for path in ("choices", f"consents/{offer}", "reachable"):
        post(app, f"{page}/{path}", do="give", notify="1")
    assert not read_row(app)["notify"]
    assert read_consent(app).withdrawn_at is not None


@pytest.mark.parametrize("path", ["choices", "consents/1", "reachable"])
def test_a_scanner_that_follows_a_link_changes_nothing(app: Flask, path: str) -> None:
    make_world(app)
    page = make_page(app, unreachable_at=utcnow())
    before = read_row(app)

    for method in ("GET", "HEAD"):
        answer = app.test_client().open(f"{page}/{path}", method=method)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
    open_page(app, page)
    open_page(app, f"{page}/data.json")

    assert read_row(app) == before


@pytest.mark.parametrize("path", ["choices", "consents/1", "reachable", "data.json"])
def test_a_token_of_another_purpose_opens_nothing(app: Flask, path: str) -> None:
    make_world(app)
    make_page(app)
    with app.app_context():
        token = make_token(int(read_row(app)["id"]), LinkPurpose.UNSUBSCRIBE)
    method = "GET" if path == "data.json" else "POST"
    before = read_row(app)

    for wrong in (token, "forged", "lost"):
        answer = app.test_client().open(
            f"/signatures/{wrong}/{path}", method=method, data={"do": "give"}
        )
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
    assert read_row(app) == before


def test_asking_for_a_lost_link_tells_nobody_who_signed(app: Flask) -> None:
    make_world(app)
    make_page(app)

    known = post(app, LOST, email=EMAIL)
    unknown = post(app, LOST, email="nobody@people.example")

    assert known.status_code == unknown.status_code == 303
    assert known.data == unknown.data
    assert dict(known.headers) == dict(unknown.headers)
    assert EMAIL not in known.text
    with app.app_context():
        assert answer_asks() == 2
        assert len(db.session.scalars(select(Mail.id)).all()) == 1
        assert answer_asks() == 0
    assert app.extensions["hundredth-queues"].queue(Stage.MAIL).count == 1


def test_a_robot_that_was_turned_away_is_mailed_no_link(app: Flask) -> None:
    make_world(app)
    make_page(app, state=SignatureState.REJECTED, ended_at=utcnow(), due_at=None)

    post(app, LOST, email=EMAIL)

    with app.app_context():
        assert answer_asks() == 1
        assert db.session.scalars(select(Mail.id)).all() == []


def test_what_is_wrong_with_the_asking_is_said_beside_its_field(app: Flask) -> None:
    make_world(app)
    page = open_page(app, f"{LOST}?campaign={SLUG}")
    assert page.status_code == 200 and "<select" not in page.text

    no_address = post(app, LOST, email="nobody")

    assert no_address.status_code == 422
    assert 'value="nobody"' in no_address.text and 'href="#email"' in no_address.text


def test_asking_is_limited_by_network_and_refused_from_other_sites(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app)
    form = {"campaign": SLUG, "email": EMAIL}

    other = app.test_client().post(LOST, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    monkeypatch.setattr("petition.web.ratelimit.limits.HitLimit.hit", lambda *_: 7)
    limited = post(app, LOST, **form)

    assert other.status_code == 403
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("path", [LOST, f"/campaigns/{SLUG}/near"])
def test_questions_from_many_networks_of_a_larger_one_are_limited_as_from_one(
    make_app: Callable[..., Flask], path: str
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="4 per hour", PETITION_PROXY_HOPS="1")
    make_world(app)

    answers = [
        app.test_client()
        .post(
            path,
            data={"campaign": SLUG, "email": EMAIL},
            headers={"X-Forwarded-For": f"2001:db8:0:{number:x}::1"},
        )
        .status_code
        for number in range(8)
    ]

    assert [answer == 429 for answer in answers] == [False] * 4 + [True] * 4
