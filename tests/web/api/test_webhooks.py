"""Webhooks by the API: added once, listed with their log, sent again, removed; one's own alone."""

import base64
from collections.abc import Callable
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask

from petition.core.extensions import db
from tests.core.callbacks.receiver import Receiver, answer
from tests.partners.webhooks.world import HOOKED, HookWorld, make_world, read_states, send_all
from tests.web.api.world import PROBLEM, call, make_api_token

HOOKS = "/webhooks"
BODY = {"url": "https://hooks.example/in", "events": ["consent.given", "consent.withdrawn"]}


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app, whose webhooks may be received on loopback."""
    return make_app(**HOOKED)


@pytest.fixture
def world(app: Flask) -> HookWorld:
    """An organization that asks for consents."""
    with app.app_context():
        made = make_world()
        make_world("walkers")
        db.session.remove()
    return made


@pytest.fixture
def token(app: Flask, world: HookWorld) -> str:
    """A token of it, for webhooks alone."""
    return make_api_token(app, "riders", "webhooks")


def test_a_program_adds_one_and_verifies_what_arrives(
    app: Flask, world: HookWorld, token: str
) -> None:
    with Receiver(answer(200)) as receiver:
        made = call(app, HOOKS, token, json=BODY | {"url": receiver.url})
        with app.app_context():
            world.give()
            send_all()
            db.session.remove()

    assert (made.status_code, made.json["state"], made.json["signing"]) == (202, "on", "ed25519")
    (received,) = receiver.received
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(made.json["public_key"].removeprefix("whpk_"))
    version, _, signature = headers["webhook-signature"].partition(",")
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature), signed)
    assert version == "v1a"
    assert call(app, HOOKS, token).json["items"] == [made.json]


def test_a_repeat_with_a_key_adds_no_second_one(app: Flask, token: str) -> None:
    headers = {"Idempotency-Key": str(uuid4())}

    first, again = (call(app, HOOKS, token, json=BODY, headers=headers) for _ in range(2))

    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(call(app, HOOKS, token).json["items"]) == 1


def test_what_cannot_be_called_is_refused_by_its_field(app: Flask, token: str) -> None:
    refused = call(app, HOOKS, token, json=BODY | {"url": "https://169.254.169.254/"})
    unknown = call(app, HOOKS, token, json=BODY | {"events": ["webhook.test"]})

    assert (refused.status_code, refused.content_type) == (422, PROBLEM)
    assert [one["pointer"] for one in refused.json["errors"]] == ["#/url"]
    assert [one["pointer"] for one in unknown.json["errors"]] == ["#/events/0"]


def test_the_log_has_pages_and_is_sent_again(app: Flask, world: HookWorld, token: str) -> None:
    with Receiver(answer(200)) as receiver:
        number = call(app, HOOKS, token, json=BODY | {"url": receiver.url}).json["id"]
        with app.app_context():
            world.give(5)
            send_all()
            db.session.remove()
        log = f"{HOOKS}/{number}/deliveries"
        first = call(app, f"{log}?limit=3", token)
        second = call(app, first.json["next"].removeprefix("/api/v1"), token)
        none = call(app, f"{HOOKS}/{number}/replay", token, json={"since": "2026-01-01T00:00:00Z"})
        again = call(
            app,
            f"{HOOKS}/{number}/replay",
            token,
            json={"since": "2026-01-01T00:00:00Z", "only_failed": False},
        )
        with app.app_context():
            send_all()
            assert read_states() == ["accepted"] * 5
            db.session.remove()

    numbers = [one["number"] for one in (*first.json["items"], *second.json["items"])]
    assert (numbers, second.json["next"]) == ([5, 4, 3, 2, 1], None)
    assert {one["answer"] for one in first.json["items"]} == {"200"}
    assert (none.json["deliveries"], again.json["deliveries"]) == (0, 5)
    assert len(receiver.received) == 10
    assert call(app, f"{log}?after=x", token).status_code == 400


def test_one_is_removed_once_and_another_organizations_is_not_there(
    app: Flask, world: HookWorld, token: str
) -> None:
    number = call(app, HOOKS, token, json=BODY).json["id"]
    other = make_api_token(app, "walkers")
    since = {"since": "2026-01-01T00:00:00Z"}

    for path, more in (
        (f"{HOOKS}/{number}", {"method": "DELETE"}),
        (f"{HOOKS}/{number}/deliveries", {}),
        (f"{HOOKS}/{number}/replay", {"json": since}),
    ):
        assert call(app, path, other, **more).status_code == 404
        assert call(app, path, None, **more).status_code == 401
        narrow = make_api_token(app, "riders", "people:read")
        assert call(app, path, narrow, **more).status_code == 403
    assert call(app, HOOKS, other).json["items"] == []
    removed = call(app, f"{HOOKS}/{number}", token, method="DELETE")
    again = call(app, f"{HOOKS}/{number}", token, method="DELETE")

    assert (removed.status_code, removed.data, again.status_code) == (204, b"", 404)
    assert call(app, HOOKS, token).json["items"] == []


def test_a_webhook_that_is_off_is_not_sent_anything_again(
    app: Flask, world: HookWorld, token: str
) -> None:
    with Receiver(answer(410)) as receiver:
        number = call(app, HOOKS, token, json=BODY | {"url": receiver.url}).json["id"]
        with app.app_context():
            world.give()
            send_all()
            db.session.remove()

    refused = call(app, f"{HOOKS}/{number}/replay", token, json={"since": "2026-01-01T00:00:00Z"})

    assert (refused.status_code, refused.json["code"]) == (409, "webhook-not-ready")
    assert call(app, HOOKS, token).json["items"][0]["state"] == "off"
