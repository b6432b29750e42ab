"""What sends personal data somewhere new, hands it out, or cannot be undone asks for a proof."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import petition
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AccountSession, Correction, Event, RoleName
from tests.web.staff_world import PASSWORD, enter, find_token, get, make_delivery, post

ROOT = Path(petition.__file__).parents[1]
ROLES = ROOT / "docs/roles.md"
DELIVERY, POST = "/staff/deliveries/1", "/staff/officials/1"
FORMS = {
    f"{DELIVERY}/fix": DELIVERY,
    f"{DELIVERY}/otherwise": DELIVERY,
    f"{DELIVERY}/cancel": DELIVERY,
    f"{POST}/correct/holder": POST,
    f"{POST}/correct/email": POST,
    f"{POST}/correct/office": POST,
    f"{POST}/withdraw/1": POST,
    "/staff/officials/rosters/1/import": "/staff/officials/rosters/1",
    "/staff/signatures/1/withdraw": "/staff/signatures/1",
    "/staff/signatures/1/erase": "/staff/signatures/1",
    "/staff/milestones/1/release": "/staff/milestones/1",
    "/staff/organizations": "/staff/organizations",
}
PAGES = ("letter.pdf", "message.eml", "message.txt", "evidence.zip")


def forget_proof(app: Flask) -> None:
    """Let the last proof of every session be an hour ago."""
    with app.app_context(), transaction() as session:
        session.execute(update(AccountSession).values(proved_at=utcnow() - timedelta(hours=1)))


def enter_late(app: Flask) -> tuple[FlaskClient, str]:
    """Sign in as an admin, an hour ago, with one delivery stored."""
    assert make_delivery(app) == 1
    browser, token = enter(app, RoleName.ADMIN)
    forget_proof(app)
    return browser, token


@pytest.mark.parametrize(("form", "page"), FORMS.items())
def test_a_form_asks_for_a_proof_and_leads_back_to_its_page(
    app: Flask, form: str, page: str
) -> None:
    browser, token = enter_late(app)
    with app.app_context():
        before = db.session.scalar(select(func.count(Event.id)))

    asked = post(browser, form, token, why="A call", sure="1", value="a@b.example")

    assert asked.status_code == 302 and asked.location == f"/staff/prove?next={page}&again=1"
    with app.app_context():
        assert db.session.scalar(select(func.count(Event.id))) == before


def test_after_the_proof_the_form_is_shown_and_says_that_nothing_was_done(app: Flask) -> None:
    browser, token = enter_late(app)

    asked = post(browser, f"{POST}/correct/email", token, value="a@b.example")
    prove = get(browser, asked.location)
    hidden = dict(re.findall(r'name="(next|again)" value="([^"]+)"', prove.text))
    back = post(browser, "/staff/prove", find_token(prove), proof=PASSWORD, **hidden)

    assert "Nothing was done yet" in prove.text
    assert back.location == POST
    assert "Nothing was done yet: send the form again." in get(browser, POST).text
    assert "Nothing was done yet" not in get(browser, POST).text
    with app.app_context():
        assert not db.session.scalars(select(Correction)).all()


@pytest.mark.parametrize("file", PAGES)
def test_a_letter_with_names_asks_for_a_proof(app: Flask, file: str) -> None:
    browser, token = enter_late(app)
    path = f"{DELIVERY}/{file}"

    asked = get(browser, path)
    proved = post(browser, "/staff/prove", token, proof=PASSWORD, next=path)

    assert asked.status_code == 302 and asked.location == f"/staff/prove?next={path}"
    assert proved.location == path and get(browser, path).status_code == 200


@pytest.mark.parametrize("shown", ["letter", "message"])
def test_the_page_asks_before_it_shows_a_frame(app: Flask, shown: str) -> None:
    browser, _ = enter_late(app)

    asked = get(browser, f"{DELIVERY}?show={shown}")

    assert asked.location == f"/staff/prove?next={DELIVERY}?show%3D{shown}"
    assert get(browser, DELIVERY).status_code == 200
    reader, _ = enter(app, RoleName.READER)
    forget_proof(app)
    assert get(reader, f"{DELIVERY}?show={shown}").status_code == 200


def test_the_document_of_roles_names_every_page_that_asks_for_a_proof() -> None:
    found = {
        name
        for path in (ROOT / "petition/web").rglob("*.py")
        for name in re.findall(r"@requires_recent\ndef (\w+)", path.read_text())
    }
    part = ROLES.read_text().split("## What asks for a proof again")[1].split("\n## ")[0]

    named = set(re.findall(r"`(\w+)`", part))

    assert len(found) > 30 and found <= named
