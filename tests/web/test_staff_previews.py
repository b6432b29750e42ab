"""The preview of a campaign: what it shows to whom, and that nothing in it can be sent."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from petition.campaigns.campaign_pictures import save_picture
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.models import CampaignState, District, Event, Post, RoleName, Signature
from petition.signers.withdraw import withdraw
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_campaign, make_district, make_located, make_post
from tests.pictures import make_picture
from tests.web.staff_world import enter, get

BASE = "/staff/campaigns/square/preview"
PICTURES = "/staff/campaigns/square/pictures"
DOCUMENTS = ("page", "confirmation", "message", "letter", "letter.pdf")
CAMPAIGNER = RoleName.CAMPAIGNER


def lay(app: Flask, signed: int = 0, **changes: Any) -> int:
    """Lay a campaign, a draft if nobody has signed it, in two districts; return its id."""
    state = CampaignState.OPEN if signed else CampaignState.DRAFT
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(
                session, **{"slug": "square", "state": state, "ask": "Please act."} | changes
            )
            make_post(session, make_district(session))
            other = make_district(session, name="Other County")
            make_post(session, other, title="The Other Board")
            if signed:
                make_located(session, campaign, other, signed)
            campaign_id = campaign.id
        if signed:
            count_batch(campaign_id)
    return campaign_id


def show(browser: FlaskClient, document: str, **query: Any) -> TestResponse:
    return browser.get(
        f"{BASE}/{document}", query_string=query, base_url="https://petition.example"
    )


def choose(browser: FlaskClient, **query: Any) -> TestResponse:
    return browser.get(BASE, query_string=query, base_url="https://petition.example")


def read_pdf(answer: TestResponse) -> str:
    assert answer.content_type == "application/pdf", answer.text
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


def find_first(app: Flask) -> str:
    """Return the name of the district in which nobody has signed."""
    with app.app_context():
        names = select(District.name).where(District.name != "Other County")
        return db.session.scalars(names).one()


def list_views(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        events = db.session.scalars(select(Event).where(Event.action == "letter.previewed")).all()
        assert all(event.actor.startswith("staff:") for event in events)
        return [dict(event.detail) for event in events]


def test_a_draft_is_seen_as_page_and_stays_hidden_from_everyone_else(app: Flask) -> None:
    lay(app, title="Keep the square", accent="#336699")
    browser, _ = enter(app, CAMPAIGNER)

    page = show(browser, "page")

    assert page.status_code == 200
    assert "Preview" in page.text and "Add your name" in page.text
    assert "#336699" in show(browser, "accent.css").text
    stranger = app.test_client()
    assert stranger.get("/campaigns/square").status_code == 404
    assert stranger.get(f"{BASE}/page").status_code == 302
    assert '<html lang="es"' in show(browser, "page", lang="es").text


def test_the_pictures_of_a_draft_are_seen_by_staff_alone(app: Flask) -> None:
    lay(app)
    with app.app_context():
        save_picture("square", 0, "a.png", make_picture(), "A square")
    browser, _ = enter(app, CAMPAIGNER)

    page = show(browser, "page", lang="es").text
    found = re.search(rf'src="({PICTURES}/0[^"]*)"', page)

    assert found and get(browser, found[1]).content_type == "image/png"
    assert app.test_client().get("/campaigns/square/pictures/0").status_code == 404
    assert app.test_client().get(f"{PICTURES}/0").status_code == 302
    assert get(browser, f"{PICTURES}/7").status_code == 404


@pytest.mark.both_databases  # it starts a process
@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_sends_a_form_runs_a_script_or_is_found(app: Flask, document: str) -> None:
    lay(app)
    browser, _ = enter(app, CAMPAIGNER)

    headers = show(browser, document).headers

    policy = headers["Content-Security-Policy"]
    assert "form-action 'none'" in policy and "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "private, no-store"
    if document != "letter.pdf":  # a sandbox blocks the browser's own viewer
        sandbox = policy.partition("sandbox")[2].split()
        assert "sandbox" in policy and "allow-forms" not in sandbox
        assert "allow-scripts" not in sandbox


def test_the_frame_is_on_our_page_and_no_other(app: Flask) -> None:
    lay(app)
    browser, _ = enter(app, CAMPAIGNER)

    for kind, document in zip(
        ("page", "confirmation", "message", "letter", "pdf"), DOCUMENTS, strict=True
    ):
        answer = choose(browser, show=kind)
        assert f'src="{BASE}/{document}' in answer.text
        assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_open_campaign_is_previewed_with_its_numbers_and_signed_by_nobody(app: Flask) -> None:
    lay(app, signed=2)
    browser, _ = enter(app, CAMPAIGNER)

    page = show(browser, "page")

    assert "Nothing on this page can be signed or sent." in page.text


def test_the_confirmation_has_links_that_open_nothing(app: Flask) -> None:
    lay(app, title="Keep the square", organization_email="hello@neighbors.example")
    browser, _ = enter(app, CAMPAIGNER)

    shown = choose(browser, show="confirmation")
    framed = show(browser, "confirmation")

    assert "Keep the square" in framed.text and "Confirm my signature" in framed.text
    links = set(re.findall(r'href="https?://[^/]+(/[^"]+)"', framed.text))
    assert links == {"/confirm/preview", "/signatures/preview", "/unsubscribe/preview"}
    assert "hello@neighbors.example" in shown.text
    assert "We count your signature then." in shown.text  # the text for programs without HTML
    assert "Confirmar mi firma" in show(browser, "confirmation", lang="es").text


@pytest.mark.both_databases  # it starts a process
def test_the_letter_goes_to_any_district_and_post(app: Flask) -> None:
    lay(app, letter="We ask you in {{ district.name }}.")
    with app.app_context():
        with transaction() as session:
            other = session.scalars(select(District).where(District.name == "Other County")).one()
            second = make_post(session, other, title="Mayor of Elsewhere").id
    browser, _ = enter(app, CAMPAIGNER)
    district = {"district": "Other County, MA"}

    html = show(browser, "letter", **district, names=3).text
    first = read_pdf(show(browser, "letter.pdf", **district, names=3))
    mayor = read_pdf(show(browser, "letter.pdf", **district, post=second, names=3))
    message = show(browser, "message", **district, names=3).text

    for shown in (html, first, mayor):
        assert "We ask you in Other County." in " ".join(shown.split())
        assert "Ben Alder" in shown
    assert "The Other Board" in first and "Mayor of Elsewhere" in mayor
    assert "[Test]" in message and "Other County" in message
    assert "Ben Alder" not in message
    assert "asset:" not in html
    assert "Mayor of Elsewhere" in choose(browser, show="letter", **district).text
    assert list_views(app) == []


def test_a_vacant_seat_is_shown_with_a_sample_and_said(app: Flask) -> None:
    lay(app)
    with app.app_context(), transaction() as session:
        session.execute(update(Post).values(is_body=False))
    browser, _ = enter(app, CAMPAIGNER)

    answer = choose(browser, show="letter", district="Other County, MA")

    assert "the preview has a sample" in answer.text
    assert "1 Sample Street" in show(browser, "letter", district="Other County, MA").text


@pytest.mark.both_databases  # it starts a process
def test_real_names_need_the_permission_a_recent_proof_and_leave_a_trace(app: Flask) -> None:
    lay(app, signed=3, step=100)
    browser, _ = enter(app, CAMPAIGNER)
    asked = {"district": "Other County, MA", "real": "1"}

    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        late = [choose(browser, show="pdf", **asked), show(browser, "letter.pdf", **asked)]
    pdf = show(browser, "letter.pdf", **asked)
    html, message = show(browser, "letter", **asked), show(browser, "message", **asked)

    assert message.status_code == 200
    assert {answer.status_code for answer in late} == {302}
    assert all("/staff/prove?next=" in answer.location for answer in late)
    assert "Ben Alder" not in read_pdf(pdf)
    with app.app_context():
        district = db.session.scalars(
            select(District.id).where(District.name == "Other County")
        ).one()
    assert list_views(app) == [
        {"district": district, "names": 3, "form": form} for form in ("pdf", "html", "message")
    ]
    assert html.text.count("<li>") == 3 and "Alder" not in html.text
    empty = choose(browser, show="pdf", real="1", district=f"{find_first(app)}, MA")
    assert empty.status_code == 422 and "has no real names yet" in empty.text
    assert len(list_views(app)) == 3


def test_who_withdrew_is_not_among_the_real_names(app: Flask) -> None:
    campaign_id = lay(app, signed=2, step=100)
    with app.app_context():
        ids = select(Signature.id).where(Signature.campaign_id == campaign_id)
        signature_id = db.session.scalars(ids.order_by(Signature.id)).all()[0]
        withdraw(make_token(signature_id, LinkPurpose.STATUS))
    browser, _ = enter(app, CAMPAIGNER)

    html = show(browser, "letter", district="Other County, MA", real="1").text

    assert html.count("<li>") == 1
