"""An organization's program follows the stream of its consents, and says what it has applied."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer
from petition.partners.consents.numbering import number_changes
from petition.signers.consents import end_consent
from petition.signers.withdraw import erase_signature
from tests.factories import make_consent, make_person, make_signature
from tests.web.api.world import call, find_offer_id, make_api_token, make_organization
from tests.web.public_world import World, make_world

CHANGES, APPLIED = "/consents/changes", "/consents/applied"


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(app)
    make_organization(app)
    make_organization(app, "walkers")
    return made


def allow(world: World, number: int, slug: str = "riders") -> int:
    """Let one more proved signer consent; return their signature."""
    offer_id = find_offer_id(world.app, slug)
    with world.app.app_context():
        with transaction() as session:
            campaign = session.get_one(Campaign, world.campaign_id)
            person = make_person(email=f"p{number}@people.example")
            signature_id = make_signature(session, campaign, person=person).id
            make_consent(session, signature_id, session.get_one(ConsentOffer, offer_id))
        number_changes()
    return signature_id


def withdraw(world: World, signature_id: int) -> None:
    with world.app.app_context():
        with transaction() as session:
            offer_id = session.scalars(
                select(Consent.offer_id).where(Consent.signature_id == signature_id)
            ).one()
            end_consent(session, signature_id, offer_id)
        number_changes()


def read(world: World, token: str, **asked: int) -> dict:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = call(world.app, f"{CHANGES}?{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_program_follows_what_was_given_withdrawn_and_erased(world: World) -> None:
    token = make_api_token(world.app)
    first, second = allow(world, 1), allow(world, 2)
    (person, _) = call(world.app, "/people", token).json["items"]
    withdraw(world, first)
    with world.app.app_context():
        erase_signature(second)
        number_changes()

    whole = read(world, token)

    kinds = [(item["number"], item["kind"]) for item in whole["items"]]
    assert kinds == [(1, "given"), (2, "given"), (3, "withdrawn"), (4, "erased")]
    assert whole["items"][2]["identifiers"] == person["identifiers"]
    assert (whole["last"], whole["applied"], whole["next"]) == (4, 0, None)


def test_pages_are_read_by_number_and_end(world: World) -> None:
    token = make_api_token(world.app)
    for number in range(5):
        allow(world, number)

    page = read(world, token, limit=2)
    seen = [item["number"] for item in page["items"]]
    while page["next"]:
        page = call(world.app, page["next"].removeprefix("/api/v1"), token).json
        seen += [item["number"] for item in page["items"]]

    assert seen == [1, 2, 3, 4, 5]
    assert read(world, token, after=5)["items"] == []


def test_another_organization_s_changes_are_not_there(world: World) -> None:
    allow(world, 1, "walkers")

    assert read(world, make_api_token(world.app))["items"] == []
    assert (
        call(world.app, CHANGES, make_api_token(world.app, "riders", "people:read")).status_code
        == 403
    )
    assert call(world.app, CHANGES).status_code == 401


def test_who_is_ahead_of_the_stream_is_told_to_begin_again(world: World) -> None:
    allow(world, 1)

    answer = call(world.app, f"{CHANGES}?after=2", make_api_token(world.app))

    assert answer.status_code == 400
    assert answer.json["errors"][0]["parameter"] == "after"
    assert "restored from a backup" in answer.json["errors"][0]["detail"]


def test_a_withdrawal_is_owed_until_it_is_acknowledged(world: World) -> None:
    token = make_api_token(world.app)
    first = allow(world, 1)
    call(world.app, "/people", token)
    withdraw(world, first)

    with time_machine.travel(utcnow() + timedelta(hours=73), tick=False):
        owed = call(world.app, APPLIED, token, json={"number": 1}).json
        settled = call(world.app, APPLIED, token, json={"number": 2}).json
        again = call(world.app, APPLIED, token, json={"number": 1}).json

    assert owed == {"applied": 1, "owed": 1, "exports_locked": True}
    assert settled == again == {"applied": 2, "owed": 0, "exports_locked": False}


@pytest.mark.parametrize("body", [{"number": 9}, {"number": -1}, {"number": "1"}, {}, {"last": 1}])
def test_a_number_that_no_change_has_is_refused(world: World, body: dict) -> None:
    allow(world, 1)

    answer = call(world.app, APPLIED, make_api_token(world.app), json=body)

    assert answer.status_code == 422
    with world.app.app_context():
        assert db.session.execute(select(Consent.id)).all()
