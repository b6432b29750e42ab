"""The portal's pages of messages: written, counted, tried out, sent, paused, stopped; by whom."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Organization, RelayMessage, RelaySend, RoleGrant, RoleName
from tests.accounts.world import make_group
from tests.factories import make_campaign, make_consent, make_offer, make_signature
from tests.partners.relay.world import read_mails, send_all
from tests.web.account_world import find_user_id
from tests.web.staff_world import find_token, get, post
from tests.web.test_portals import EMAIL, enter_partner, make_member

LIST = "/partner/riders/messages"
NEW = f"{LIST}/new"
TYPED = {
    "subject": "A walk for {first_name}",
    "body": "Come <b>along</b>.\n\nhttps://walk.example/x",
}


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """An organizer of ``riders``, whom two people allowed to write."""
    make_member(app, RoleName.ORGANIZER)
    with app.app_context(), transaction() as session:
        campaign = make_campaign(session, title="Save the path")
        offer = make_offer(session, campaign)
        for _ in range(2):
            make_consent(session, make_signature(session, campaign).id, offer)
    return enter_partner(app)


def write(browser: FlaskClient, **changes: str) -> str:
    """Save a draft by the form; return the path of its page."""
    answer = post(browser, NEW, find_token(get(browser, NEW)), **(TYPED | changes))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def press(browser: FlaskClient, page: str, what: str):  # type: ignore[no-untyped-def]
    """Press a button of a message's page."""
    shown = get(browser, page)
    seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
    fields = {"seen": seen[1]} if seen else {}
    return post(browser, f"{page}/{what}", find_token(shown), **fields)


def test_a_draft_is_counted_and_looks_as_it_will(browser: FlaskClient) -> None:
    page = get(browser, write(browser))

    assert "2 people would get it" in page.text
    assert "A walk for Alex" in page.text
    assert "Come &lt;b&gt;along&lt;/b&gt;." in page.text
    assert 'href="https://walk.example/x"' in page.text
    assert "Riders via Hundredth" in page.text and "Save the path" in page.text
    assert "@people.example" not in page.text
    assert "2 people would get" in get(browser, LIST).text


def test_sent_it_shows_how_far_it_is_and_then_that_it_is_done(
    browser: FlaskClient, app: Flask
) -> None:
    page = write(browser)
    assert press(browser, page, "send").status_code == 303
    shown = get(browser, page)
    assert "To 2 people" in shown.text and "http-equiv" in shown.text
    told = get(browser, f"{page}/progress").json
    assert told["state"] == "sending" and told["counts"]["waiting"] == 2

    with app.app_context():
        send_all()
        assert len(read_mails()) == 2
        db.session.remove()
    assert get(browser, f"{page}/progress").json["counts"]["sent"] == 2
    assert press(browser, page, "send").status_code == 409
    assert get(browser, f"{page}/edit").status_code == 303
    edited = post(browser, f"{page}/edit", find_token(get(browser, NEW)), **TYPED)
    assert edited.status_code == 409


def test_sending_asks_who_it_is_again_after_a_while(browser: FlaskClient, app: Flask) -> None:
    page = write(browser)
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        answer = press(browser, page, "send")

    assert answer.status_code == 302
    assert "/partner/prove?next=" in answer.headers["Location"]
    with app.app_context():
        assert db.session.scalars(select(RelaySend.id)).all() == []


def test_what_a_colleague_changed_is_not_sent_unseen(browser: FlaskClient, app: Flask) -> None:
    page = write(browser)
    shown = get(browser, page)
    seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
    assert seen
    edit = f"{page}/edit"
    post(browser, edit, find_token(get(browser, edit)), **(TYPED | {"body": "Other."}))

    answer = post(browser, f"{page}/send", find_token(shown), seen=seen[1])

    assert answer.status_code == 409 and "has changed" in answer.text


def test_it_is_paused_goes_on_and_is_stopped(browser: FlaskClient, app: Flask) -> None:
    page = write(browser)
    press(browser, page, "send")
    assert press(browser, page, "pause").status_code == 303
    assert "Go on" in get(browser, page).text
    assert press(browser, page, "resume").status_code == 303
    assert press(browser, page, "stop").status_code == 303

    shown = get(browser, page)
    assert "Stop it" not in shown.text and "Not sent" in shown.text
    assert press(browser, page, "resume").status_code == 409
    with app.app_context():
        assert send_all() == 0


def test_a_test_goes_to_oneself(browser: FlaskClient, app: Flask) -> None:
    page = write(browser)
    assert press(browser, page, "test").status_code == 303

    with app.app_context():
        send_all()
        assert [str(mail["To"]) for mail in read_mails()] == [EMAIL]
        db.session.remove()
    assert press(browser, page, "delete").status_code == 303
    assert get(browser, page).status_code == 404


def test_what_is_wrong_stands_beside_its_field(browser: FlaskClient) -> None:
    typed = {"subject": " ", "body": "", "campaign": "77", "since": "x"}
    answer = post(browser, NEW, find_token(get(browser, NEW)), **typed)

    assert answer.status_code == 422
    for words in ("Write a subject.", "Write the message.", "Choose a campaign", "YYYY-MM-DD"):
        assert words in answer.text


def test_another_organizations_messages_are_not_there(browser: FlaskClient, app: Flask) -> None:
    make_group(app, "walkers")
    with app.app_context(), transaction() as session:
        walkers = session.scalars(select(Organization).where(Organization.slug == "walkers")).one()
        message = RelayMessage(
            organization_id=walkers.id,
            author_id=find_user_id(EMAIL),
            subject="Secret",
            body="Secret.",
            purpose="contact",
            state="draft",
            created_at=utcnow(),
            changed_at=utcnow(),
        )
        session.add(message)
        session.flush()
        number = message.id
    token = find_token(get(browser, NEW))

    assert get(browser, "/partner/walkers/messages").status_code == 404
    assert get(browser, f"{LIST}/{number}").status_code == 404
    assert get(browser, f"/partner/walkers/messages/{number}").status_code == 404
    for what in ("test", "send", "pause", "resume", "stop", "delete", "edit"):
        assert post(browser, f"{LIST}/{number}/{what}", token, **TYPED).status_code == 404
    assert "Secret" not in get(browser, LIST).text
    assert get(browser, "/partner/nobody/messages").status_code == 404


def test_whoever_lost_the_role_opens_and_sends_nothing(browser: FlaskClient, app: Flask) -> None:
    page = write(browser)
    token = find_token(get(browser, page))
    with app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).values(role="viewer"))
    assert get(browser, page).status_code == 403
    assert post(browser, f"{page}/send", token).status_code == 403
    with app.app_context(), transaction() as session:
        session.execute(delete(RoleGrant))
        session.execute(update(Campaign).values(summary="So that the role is read anew."))
    assert post(browser, f"{page}/send", token).status_code in (302, 403, 404)
    with app.app_context():
        assert db.session.scalars(select(RelaySend.id)).all() == []
