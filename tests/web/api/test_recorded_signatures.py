"""record_signature_helper: who signs by a program confirms by e-mail, and nobody learns who did."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import Consent, Signature, SignatureState
from petition.partners.organizations import join_campaign
from petition.partners.tokens import idempotent_writes
from petition.web.api import signatures
from tests.ground import SLUG
from tests.web.api.world import (
    RECORD,
    call,
    find_offer_id,
    make_api_token,
    make_organization,
    write_signature,
)
from tests.web.public_world import make_world

KEY = "Idempotency-Key"
POSTAL = "#/person/postal_addresses/0"


@pytest.fixture
def token(app: Flask) -> str:
    make_world(app)
    make_organization(app)
    return make_api_token(app)


def read_rows(app: Flask) -> list[Signature]:
    with app.app_context():
        return list(db.session.scalars(select(Signature).order_by(Signature.id)))


def test_a_signature_waits_for_its_signer(app: Flask, token: str) -> None:
    answer = call(app, RECORD, token, json=write_signature())

    assert answer.status_code == 202
    assert answer.json == {"campaign": SLUG, "status": "awaits-confirmation"}
    (row,) = read_rows(app)
    assert row.state == SignatureState.PENDING and row.seat is None
    assert row.batch == "api:1" and row.person is not None
    assert row.person.street_address == "1 Main Street" and row.person.locality == "Cambridge"


def test_an_address_that_has_signed_is_answered_alike(app: Flask, token: str) -> None:
    page = {"given_name": "Ada", "family_name": "B", "email": "ada1@people.example"}
    app.test_client().post(f"/campaigns/{SLUG}/signatures", data=page | {"postal_code": "02139"})

    known, unknown = (call(app, RECORD, token, json=write_signature(n)) for n in (1, 2))

    assert read_rows(app)[0].state == SignatureState.CONFIRMED
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    shared = {"RateLimit", "Content-Length"}
    differ = {n for n, v in known.headers if v != unknown.headers.get(n)}
    assert differ <= shared
    with app.app_context():
        pending = select(func.count()).where(Signature.state == SignatureState.PENDING)
        assert db.session.scalar(pending) == 2


def test_consents_are_to_one_s_own_offers_of_now(app: Flask, token: str) -> None:
    make_organization(app, "walkers")
    own, other = find_offer_id(app), find_offer_id(app, "walkers")
    good = write_signature(consents=[{"purpose": "updates", "offer": own}])

    assert call(app, RECORD, token, json=good).status_code == 202
    wrong = [
        call(app, RECORD, token, json=write_signature(consents=[{"purpose": p, "offer": o}]))
        for p, o in (("updates", other), ("updates", 999_999), ("contact", own))
    ]
    with app.app_context():
        join_campaign("riders", SLUG, {"updates": "Other words."})
    retired = call(app, RECORD, token, json=good)

    assert [answer.status_code for answer in (*wrong, retired)] == [422] * 4
    assert wrong[0].json == wrong[1].json
    assert wrong[0].json["errors"][0]["pointer"] == "#/consents/0/offer"
    with app.app_context():
        rows = db.session.execute(select(Consent.offer_id, Consent.source)).all()
        assert [tuple(row) for row in rows] == [(own, "api:1")]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"given_name": "12345"}, "#/person/given_name"),
        ({"email_addresses": [{"address": "nobody"}]}, "#/person/email_addresses/0/address"),
        ({"email_addresses": [{"address": "a\0@b.example"}]}, "#/person/email_addresses/0/address"),
        ({"email_addresses": []}, "#/person/email_addresses"),
        (
            {"postal_addresses": [{"postal_code": "00000"}]},
            f"{POSTAL}/postal_code",
        ),
        (
            {"postal_addresses": [{"postal_code": "02139", "country": "FR"}]},
            f"{POSTAL}/country",
        ),
    ],
)
def test_each_fault_is_told_by_its_field(
    app: Flask, token: str, changes: dict[str, Any], pointer: str
) -> None:
    body = write_signature()
    body["person"] |= changes

    answer = call(app, RECORD, token, json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert read_rows(app) == []


@pytest.mark.both_databases
def test_nobody_signs_a_text_that_is_not_the_campaign_s_of_now(app: Flask, token: str) -> None:
    answer = call(app, RECORD, token, json=write_signature(text_version=7))

    assert (answer.status_code, answer.json["code"]) == (409, "text-mended")
    assert read_rows(app) == []


def test_a_campaign_that_is_closed_takes_none(app: Flask) -> None:
    make_world(app, state="closed")
    make_organization(app)

    answer = call(app, RECORD, make_api_token(app), json=write_signature())

    assert (answer.status_code, answer.json["code"]) == (403, "campaign-not-open")


def test_a_token_for_reading_records_nothing(app: Flask, token: str) -> None:
    reader = make_api_token(app, "riders", "people:read")

    assert call(app, RECORD, reader, json=write_signature()).status_code == 403
    assert call(app, RECORD, json=write_signature()).status_code == 401
    assert read_rows(app) == []


def test_a_write_that_is_sent_again_is_done_once(app: Flask, token: str) -> None:
    first, again = (
        call(app, RECORD, token, json=write_signature(), headers={KEY: "k-1"}) for _ in range(2)
    )
    other = call(app, RECORD, token, json=write_signature(2), headers={KEY: "k-1"})
    odd = call(app, RECORD, token, json=write_signature(2), headers={KEY: "x" * 201})

    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "key-reused")
    assert (odd.status_code, odd.json["code"]) == (400, "key-refused")
    assert len(read_rows(app)) == 1


def test_the_key_of_another_token_is_another_key(app: Flask, token: str) -> None:
    for one in (token, make_api_token(app)):
        sent = call(app, RECORD, one, json=write_signature(), headers={KEY: "k-1"})
        assert "Idempotency-Replayed" not in sent.headers

    assert len(read_rows(app)) == 2


def test_the_same_write_at_once_is_told_to_wait(app: Flask, token: str) -> None:
    body = write_signature()
    answers = []
    begin = idempotent_writes.begin_write

    def begin_twice(*arguments: Any) -> Any:
        begun = begin(*arguments)
        if not answers:
            answers.append(None)
            answers.append(call(app, RECORD, token, json=body, headers={KEY: "k-1"}))
        return begun

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotent_writes, "begin_write", begin_twice)
        first = call(app, RECORD, token, json=body, headers={KEY: "k-1"})

    assert first.status_code == 202
    assert (answers[1].status_code, answers[1].json["code"]) == (409, "write-in-progress")
    assert answers[1].headers["Retry-After"] == "1" and len(read_rows(app)) == 1


@pytest.mark.both_databases
def test_a_write_that_stored_nothing_may_be_sent_again(app: Flask, token: str) -> None:
    headers = {KEY: "k-1"}
    for _ in range(2):
        answer = call(app, RECORD, token, json=write_signature(text_version=7), headers=headers)
        assert answer.status_code == 409 and answer.json["code"] == "text-mended"


def test_a_write_whose_process_ends_after_its_commit_is_not_done_again(
    app: Flask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signatures.store

    def die(*arguments: Any, **named: Any) -> None:
        store(*arguments, **named)
        raise KeyboardInterrupt

    headers = {KEY: "k-1"}
    with monkeypatch.context() as patch:
        patch.setattr(signatures, "store", die)
        with pytest.raises(KeyboardInterrupt):
            call(app, RECORD, token, json=write_signature(), headers=headers)

    again = call(app, RECORD, token, json=write_signature(), headers=headers)

    assert again.status_code == 202 and again.headers["Idempotency-Replayed"] == "true"
    assert len(read_rows(app)) == 1


def test_a_write_that_another_has_done_meanwhile_is_undone(
    app: Flask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken as cut off and begun anew: whoever commits first has done it."""
    body, headers = write_signature(), {KEY: "k-1"}
    answers = []
    store = signatures.store

    def be_slow(*arguments: Any, **named: Any) -> Any:
        if not answers:
            answers.append(None)
            with time_machine.travel(utcnow() + timedelta(seconds=61), tick=False):
                answers[0] = call(app, RECORD, token, json=body, headers=headers)
        return store(*arguments, **named)

    monkeypatch.setattr(signatures, "store", be_slow)
    slow = call(app, RECORD, token, json=body, headers=headers)

    assert answers[0].status_code == 202 and slow.status_code == 409
    assert len(read_rows(app)) == 1
    assert call(app, RECORD, token, json=body, headers=headers).status_code == 202
