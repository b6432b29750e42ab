"""The portal's pages of webhooks: added, tried, replaced, sent again; for owners alone."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Organization, RoleName, WebhookEndpoint
from petition.partners.webhooks.endpoints import add_endpoint
from tests.accounts.world import list_actions
from tests.core.callbacks.receiver import Receiver, answer
from tests.partners.webhooks.world import ALL, HOOKED, make_world, read_states, send_all
from tests.web.staff_world import find_token, get, post
from tests.web.test_portals import enter_partner, make_member

PAGE = "/partner/riders/webhooks"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")
PUBLIC = re.compile(r"whpk_[A-Za-z0-9+/=]{44}")
NEW = {"url": "https://hooks.example/in", "kinds": "consent.given", "signing": "symmetric"}


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app, whose webhooks may be received on loopback."""
    return make_app(**HOOKED)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """An owner's browser."""
    make_member(app, RoleName.OWNER)
    return enter_partner(app)


@pytest.fixture
def token(browser: FlaskClient) -> str:
    """The token of its forms."""
    return find_token(get(browser, PAGE))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with Receiver(answer(200)) as listening:
        yield listening


def test_an_owner_adds_a_webhook_tries_it_and_reads_the_answer(
    app: Flask, browser: FlaskClient, token: str, receiver: Receiver
) -> None:
    made = post(browser, PAGE, token, **NEW | {"url": receiver.url})
    (secret,) = SECRET.findall(made.text)
    assert made.headers["Cache-Control"] == "private, no-store"
    assert SECRET.search(get(browser, f"{PAGE}/1").text) is None

    shown = post(browser, f"{PAGE}/1/test", token).headers["Location"]
    waiting = get(browser, shown)
    assert "Waiting for the answer" in waiting.text
    assert '/webhooks" aria-current="true">Webhooks</a>' in waiting.text
    assert get(browser, f"{shown}/progress").json["state"] == "sending"
    with app.app_context():
        send_all()

    assert "answered 200: it took this event" in get(browser, shown).text
    assert get(browser, f"{shown}/progress").json["state"] == "accepted"
    Webhook(secret).verify(receiver.received[0].body, dict(receiver.received[0].headers))
    assert "webhook.test" in get(browser, f"{PAGE}/1").text
    assert {"webhook.added", "webhook.tested"} <= {action for action, *_ in list_actions(app)}


def test_a_public_key_is_shown_again_and_a_replaced_one_is_another(
    browser: FlaskClient, token: str
) -> None:
    post(browser, PAGE, token, **NEW | {"signing": "ed25519"})
    (first,) = PUBLIC.findall(get(browser, f"{PAGE}/1").text)

    replaced = post(browser, f"{PAGE}/1", token, do="rotate", overlap="24")
    wrong = post(browser, f"{PAGE}/1", token, do="rotate", overlap="9999")

    (second,) = PUBLIC.findall(replaced.text)
    assert first != second
    assert PUBLIC.findall(get(browser, f"{PAGE}/1").text) == [second]
    assert "signs for at most 24 more hours" in replaced.text
    assert wrong.status_code == 422 and "Choose when the old key ends" in wrong.text


def test_wrong_answers_are_told_by_their_fields_and_what_was_typed_stays(
    browser: FlaskClient, token: str
) -> None:
    refused = post(browser, PAGE, token, url="https://10.0.0.1/?'", kinds="x", signing="")

    assert refused.status_code == 422
    for words in ("everyone on the Internet can reach", "no event that we send", "one kind of key"):
        assert words in refused.text
    assert 'value="https://10.0.0.1/?&#39;"' in refused.text
    assert "There are none yet" in get(browser, PAGE).text


def test_it_is_switched_off_and_on_and_removed(
    app: Flask, browser: FlaskClient, token: str
) -> None:
    post(browser, PAGE, token, **NEW)

    for do, words in (("disable", "It is off."), ("enable", "It is on,"), ("remove", "removed")):
        assert post(browser, f"{PAGE}/1", token, do=do).status_code == 303
        assert words in get(browser, PAGE).text

    assert get(browser, f"{PAGE}/1").status_code == 404
    assert post(browser, f"{PAGE}/1", token, do="enable").status_code == 404
    assert post(browser, f"{PAGE}/1/test", token).status_code == 404


def test_events_are_listed_by_pages_and_sent_again(
    app: Flask, browser: FlaskClient, token: str, receiver: Receiver
) -> None:
    receiver.behave = answer(410)
    with app.app_context():
        world = make_world()
        made = world.hook(receiver.url)
        world.give(60)
        send_all()
        db.session.remove()
    page = f"{PAGE}/{made.id}"

    first = get(browser, page).text
    assert (
        "answered 410 Gone" in first
        and "A webhook was switched off" in get(browser, "/partner/riders/").text
    )
    (after,) = set(re.findall(r"before=(\d+)", first))
    second = get(browser, f"{page}?before={after}").text
    assert (first.count("/deliveries/"), second.count("/deliveries/")) == (50, 10)
    assert get(browser, f"{page}?before=x").status_code == 200

    refused = post(browser, page, token, do="replay", since="2026-01-01", which="failed")
    assert refused.status_code == 409 and "Switch it on first" in refused.text
    assert "Choose a day" in post(browser, page, token, do="replay", since="soon").text
    receiver.behave = answer(200)
    post(browser, page, token, do="enable")
    post(browser, page, token, do="replay", since="2026-01-01", which="failed")
    assert "1 event is sent again." in get(browser, page).text
    with app.app_context():
        send_all()
        assert read_states() == ["accepted"] * 60
        db.session.remove()
    line = "/partner/riders/deliveries/1"
    assert post(browser, line, token).status_code == 303
    assert post(browser, line, token).status_code == 409


def test_another_organizations_webhooks_are_not_there(
    app: Flask, browser: FlaskClient, token: str
) -> None:
    with app.app_context():
        other = make_world("walkers")
        made = other.hook("https://hooks.example/other")
        other.give()
        db.session.remove()

    for path in (f"{PAGE}/{made.id}", "/partner/riders/deliveries/1"):
        assert get(browser, path).status_code == 404
        assert post(browser, path, token, do="disable", since="2026-01-01").status_code == 404
    assert get(browser, "/partner/walkers/webhooks").status_code == 404
    assert get(browser, "/partner/walkers/deliveries/1").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(WebhookEndpoint.disabled_at)).all() == [None]


@pytest.mark.parametrize("role", [RoleName.ORGANIZER, RoleName.VIEWER])
def test_whoever_may_not_manage_webhooks_is_refused(app: Flask, role: RoleName) -> None:
    make_member(app, role)
    browser = enter_partner(app)
    token = find_token(get(browser, "/partner/account"))

    assert get(browser, PAGE).status_code == 403
    assert post(browser, PAGE, token, **NEW).status_code == 403
    assert "Webhooks" not in get(browser, "/partner/riders/").text


def test_changes_need_a_recent_proof(app: Flask, browser: FlaskClient, token: str) -> None:
    post(browser, PAGE, token, **NEW)
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        for path, form in ((PAGE, NEW), (f"{PAGE}/1", {"do": "remove"})):
            asked = post(browser, path, token, **form)
            assert asked.status_code == 302 and "/partner/prove" in asked.headers["Location"]

    with app.app_context():
        assert db.session.scalars(select(WebhookEndpoint.removed_at)).all() == [None]


def test_a_suspended_organization_opens_none_of_it(app: Flask, browser: FlaskClient) -> None:
    with app.app_context():
        group = db.session.scalars(select(Organization.id)).one()
        add_endpoint(group, NEW["url"], ALL, "symmetric", actor="test")
        with transaction() as session:
            session.execute(update(Organization).values(state="suspended"))
        db.session.remove()

    assert get(browser, PAGE).status_code == 403
    assert get(browser, f"{PAGE}/1").status_code == 403
