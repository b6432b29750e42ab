"""Lists by the API: asked for, prepared, taken once by the token that asked, with a hash."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, AccountMail, Campaign, ConsentOffer, Event, PartnerExport, User
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_requests import MOST_OPEN, prepare_exports
from petition.partners.tokens.token_store import revoke_token
from petition.signers.consents import end_consent
from tests.factories import make_consent, make_person, make_signature
from tests.partners.exports.world import change_export, read_csv
from tests.web.api.world import (
    API,
    call,
    find_offer_id,
    find_organization_id,
    make_api_token,
    make_organization,
)
from tests.web.public_world import World, make_world

EXPORTS = "/exports"
KEY = "Idempotency-Key"
UPDATES = {"purpose": "updates"}


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(app)
    make_organization(app, updates="May we e-mail?", contact="May we find you?")
    make_organization(app, "walkers", updates="May walkers e-mail?")
    return made


@pytest.fixture
def token(world: World) -> str:
    return make_api_token(world.app, "riders", "export", "consents:read")


def sign_up(world: World, number: int, slug: str = "riders", purpose: str = "updates") -> int:
    offer_id = find_offer_id(world.app, slug, purpose)
    with world.app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        person = make_person(family_name=f"Number{number}", email=f"p{number}@people.example")
        signature = make_signature(session, campaign, person=person)
        make_consent(session, signature.id, session.get_one(ConsentOffer, offer_id))
        return signature.id


def withdraw(world: World, signature_id: int) -> None:
    offer_id = find_offer_id(world.app)
    with world.app.app_context():
        with transaction() as session:
            end_consent(session, signature_id, offer_id)
        number_changes()


def prepare(world: World) -> None:
    with world.app.app_context():
        while prepare_exports():
            pass


def ask(world: World, token: str, **wish: str) -> str:
    """Ask for a list and prepare it; return its address below the API's."""
    asked = call(world.app, EXPORTS, token, json=UPDATES | wish)
    assert asked.status_code == 202, asked.text
    prepare(world)
    return asked.json["url"].removeprefix(API)


def take(world: World, token: str, address: str, **options: object) -> TestResponse:
    return call(world.app, f"{address}/file", token, method="POST", **options)


def read_digest(answer: TestResponse) -> bytes:
    head, _, digest = answer.headers["Content-Digest"].partition(":")
    assert head == "sha-256="
    return base64.b64decode(digest.rstrip(":"))


def test_a_list_is_asked_for_followed_and_taken_with_its_hash(world: World, token: str) -> None:
    sign_up(world, 1)
    sign_up(world, 2, "walkers")
    asked = call(world.app, EXPORTS, token, json=UPDATES)
    address = asked.json["url"].removeprefix(API)
    waiting = call(world.app, address, token).json
    early = take(world, token, address)
    prepare(world)
    ready = call(world.app, address, token).json

    file = take(world, token, address)

    assert (waiting["state"], waiting["total"]) == ("preparing", None)
    assert (early.status_code, early.json["code"]) == (409, "export-not-ready")
    assert (ready["state"], ready["total"], ready["counted"]) == ("ready", 1, 1)
    assert file.content_type == "text/csv; charset=utf-8"
    (row,) = read_csv(file.data)
    assert row["email_address"] == "p1@people.example"
    assert read_digest(file) == hashlib.sha256(file.data).digest()
    assert file.headers["Cache-Control"] == "no-store, no-transform"
    assert "attachment" in file.headers["Content-Disposition"] and "RateLimit" in file.headers
    after = call(world.app, address, token).json
    assert after["state"] == "retry" and after["files"][0]["people"] == 1
    assert after["files"][0]["sha256"] == hashlib.sha256(file.data).hexdigest()


def test_who_took_it_is_written_down_and_nobody_is_e_mailed(world: World, token: str) -> None:
    sign_up(world, 1)
    take(world, token, ask(world, token))

    with world.app.app_context():
        (access,) = db.session.scalars(select(Access))
        assert (access.actor, access.kind, access.people) == ("token:1", "export", 1)
        actions = select(Event.actor).where(Event.action.in_(["export.asked", "export.downloaded"]))
        assert db.session.scalars(actions).all() == ["token:1", "token:1"]
        assert db.session.scalar(select(func.count()).select_from(AccountMail)) == 0


def test_it_is_given_once_and_once_more_within_ten_minutes(world: World, token: str) -> None:
    sign_up(world, 1)
    address, late = ask(world, token, format="jsonl"), ask(world, token)
    first, again, third = (take(world, token, address) for _ in range(3))
    take(world, token, late)

    with time_machine.travel(utcnow() + timedelta(minutes=11), tick=False):
        spent = take(world, token, late)

    assert first.status_code == 200 and json.loads(first.data)["family_name"] == "Number1"
    assert again.data == first.data and read_digest(again) == read_digest(first)
    assert first.mimetype == "application/jsonl"
    for answer in (third, spent):
        assert (answer.status_code, answer.json["code"]) == (409, "export-spent")


def test_who_withdrew_is_neither_in_the_file_nor_in_its_retry(world: World, token: str) -> None:
    before, between = sign_up(world, 1), sign_up(world, 2)
    sign_up(world, 3)
    address = ask(world, token)
    withdraw(world, before)
    first = read_csv(take(world, token, address).data)
    withdraw(world, between)

    second = read_csv(take(world, token, address).data)

    assert [row["family_name"] for row in first] == ["Number2", "Number3"]
    assert [row["family_name"] for row in second] == ["Number3"]


def test_lists_are_locked_while_a_withdrawal_waits_for_72_hours(world: World, token: str) -> None:
    leaves = sign_up(world, 1)
    sign_up(world, 2)
    take(world, token, ask(world, token))
    other = ask(world, token)
    withdraw(world, leaves)

    with time_machine.travel(utcnow() + timedelta(hours=73), tick=False):
        with world.app.app_context():
            change_export(2, expires_at=utcnow() + timedelta(hours=1))
        locked = [take(world, token, other), call(world.app, EXPORTS, token, json=UPDATES)]
        last = call(world.app, "/consents/changes", token).json["last"]
        call(world.app, "/consents/applied", token, json={"number": last})
        opened = [take(world, token, other), call(world.app, EXPORTS, token, json=UPDATES)]

    assert [(one.status_code, one.json["code"]) for one in locked] == [(409, "exports-locked")] * 2
    assert [one.status_code for one in opened] == [200, 202]


def test_another_organization_another_token_and_a_revoked_one_find_nothing(
    world: World, token: str
) -> None:
    sign_up(world, 1)
    address = ask(world, token)
    unknown = call(world.app, f"{EXPORTS}/999", token)
    for other in (
        make_api_token(world.app, "walkers", "export"),
        make_api_token(world.app, "riders", "export"),
    ):
        seen = [call(world.app, address, other), take(world, other, address)]
        assert [(one.status_code, one.json) for one in seen] == [(404, unknown.json)] * 2
    reader = make_api_token(world.app, "riders", "people:read")
    assert take(world, reader, address).status_code == 403
    assert take(world, "", address).status_code == 401
    with world.app.app_context():
        revoke_token(find_organization_id("riders"), 1, actor="test")
    assert take(world, token, address).status_code == 401
    with world.app.app_context():
        assert db.session.scalars(select(Access)).all() == []


def test_what_a_member_asked_for_is_unknown_to_a_program(world: World, token: str) -> None:
    address = ask(world, token)
    with world.app.app_context(), transaction() as session:
        user = User(email="bea@riders.example", password="x", fs_uniquifier="bea", active=True)
        session.add(user)
        session.flush()
        export = session.scalars(select(PartnerExport)).one()
        export.token_id, export.user_id = None, user.id

    assert call(world.app, address, token).status_code == 404
    assert take(world, token, address).status_code == 404


def test_a_wish_is_checked_by_its_fields(world: World, token: str) -> None:
    def point(**wish: object) -> list[str]:
        answer = call(world.app, EXPORTS, token, json=UPDATES | wish)
        assert answer.status_code == 422
        return [error["pointer"] for error in answer.json["errors"]]

    assert point(purpose="sale") == ["#/purpose"] and point(format="xls") == ["#/format"]
    assert point(campaign="nothing") == ["#/campaign"] and point(limit=1) == ["#/limit"]
    assert point(since="2026-02-30") == ["#/since"] and point(since="soon") == ["#/since"]
    with world.app.app_context():
        assert db.session.scalars(select(PartnerExport)).all() == []


def test_a_wish_that_is_sent_again_is_asked_for_once(world: World, token: str) -> None:
    asked = [
        call(world.app, EXPORTS, token, json=UPDATES, headers={KEY: "k-1"}).json for _ in range(2)
    ]

    assert asked[0] == asked[1]
    for _ in range(MOST_OPEN - 1):
        call(world.app, EXPORTS, token, json=UPDATES)
    many = call(world.app, EXPORTS, token, json=UPDATES)
    assert (many.status_code, many.json["code"]) == (409, "export-too-many")


def test_a_file_takes_no_body_and_asks_for_no_media_type(world: World, token: str) -> None:
    address = ask(world, token)

    with_body = take(world, token, address, json={"number": 1})
    plain = take(world, token, address, headers={"Accept": "text/csv"})

    assert with_body.status_code == 400 and plain.status_code == 200
    expired = ask(world, token)
    with world.app.app_context():
        change_export(2, expires_at=utcnow())
    assert take(world, token, expired).json["code"] == "export-expired"


def test_a_read_that_changed_nothing_is_not_sent_again(world: World, token: str) -> None:
    address = ask(world, token)
    first = call(world.app, address, token)

    again = call(world.app, address, token, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
