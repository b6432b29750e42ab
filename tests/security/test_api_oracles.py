"""Whether an address has signed, or who a person is: the API tells it to no token, nor by its work.

What is counted are the statements of each request, by kind and table, in the order in which they
run: a known address must cost the same ones as an unknown one. docs/decisions/privacy.md has the
times that were measured.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from petition.core.extensions import db
from petition.models import Campaign, ConsentOffer, Signature
from petition.partners.consents.numbering import number_changes
from petition.partners.people.person_ids import name_person
from tests.factories import make_consent
from tests.ground import POSTAL_CODE, fill_form
from tests.security.signing_roads import FRESH, STATES, add_known
from tests.web.api.world import RECORD, call, find_offer_id, make_api_token, make_organization
from tests.web.public_world import make_world

BEGINS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# The campaign as it is open now is read once a second, whoever asks (campaigns/open_campaigns.py).
SNAPSHOT = (
    "SELECT campaigns.id, campaigns.state, campaigns.confirm_email",
    "SELECT consent_offers.id \nFROM consent_offers",
)
ROUNDS = ("first", "with the same key", "once more")


@contextmanager
def note_statements(app: Flask) -> Iterator[list[str]]:
    """Collect the statements of requests, as they are sent to the database."""
    found: list[str] = []

    def note(*details: object) -> None:
        statement = str(details[2])
        if statement.startswith(BEGINS) and not statement.startswith(SNAPSHOT):
            found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    yield found
    event.remove(engine, "after_cursor_execute", note)


@pytest.fixture
def token(app: Flask) -> str:
    make_world(app)
    make_organization(app)
    token = make_api_token(app)
    call(app, "/organization", token)  # notes the token's use, once an hour
    return token


def write(app: Flask, number: int, offer: int) -> dict[str, Any]:
    """Return a signature with the address of a number of the sign form."""
    return {
        "person": {
            "given_name": "Ada",
            "family_name": "Example",
            "email_addresses": [{"address": fill_form(number)["email"]}],
            "postal_addresses": [{"postal_code": POSTAL_CODE}],
        },
        "consents": [{"purpose": "updates", "offer": offer}],
    }


def record(app: Flask, token: str, number: int, offer: int) -> list[tuple[Any, ...]]:
    """Send a signature three times; return what came back and what was done each time."""
    seen = []
    for which in ROUNDS:
        key = f"key-{number}" if which != "once more" else f"other-{number}"
        with note_statements(app) as statements:
            answer = call(
                app,
                RECORD,
                token,
                json=write(app, number, offer),
                headers={"Idempotency-Key": key},
            )
        headers = {name for name, _ in answer.headers}
        seen.append((answer.status_code, answer.data, headers, tuple(statements)))
    return seen


def test_recording_a_known_address_is_the_same_work_as_a_new_one(app: Flask, token: str) -> None:
    known, offer = add_known(app), find_offer_id(app)

    record(app, token, FRESH - 1, offer)  # fills what a process keeps
    fresh = record(app, token, FRESH, offer)
    told = {state: record(app, token, number, offer) for state, number in known.items()}

    assert [state for state, seen in told.items() if seen != fresh] == []
    assert len(told) == len(STATES)
    assert [seen[0] for seen in fresh] == [202] * 3
    assert any(one.startswith("INSERT INTO signatures") for one in fresh[0][3])
    assert not any(one.startswith("INSERT INTO signatures") for one in fresh[1][3])


def test_reporting_an_erasure_is_the_same_work_for_whoever_is_not_theirs(
    app: Flask, token: str
) -> None:
    known = add_known(app)
    make_organization(app, "walkers")
    offer_id = find_offer_id(app, "walkers")
    with app.app_context():
        rows = db.session.execute(select(Signature.id, Signature.state)).all()
        signatures = {row.id: row.state for row in rows}
        db.session.rollback()
        names = {
            f"{number} {state}": [name_person(group, number) for group in (1, 2)]
            for number, state in signatures.items()
        }
        names["nobody"] = [name_person(1, 10**9), name_person(2, 10**9)]
    assert len(signatures) >= len(known) and offer_id

    seen = {}
    for who, (as_ours, as_theirs) in names.items():
        for which, identifier in (("ours", as_ours), ("theirs", as_theirs)):
            with note_statements(app) as statements:
                answer = call(app, "/people/erasures", token, json={"identifier": identifier})
            seen[who, which] = (answer.status_code, answer.data, tuple(statements))

    assert len(set(seen.values())) == 1
    assert next(iter(seen.values()))[0] == 202


@pytest.mark.parametrize("path", ["/people", "/people?purpose=contact", "/consents/changes"])
def test_people_of_others_change_nothing_of_what_a_program_reads(
    app: Flask, token: str, path: str
) -> None:
    make_organization(app, "walkers")
    with note_statements(app) as statements:
        before = call(app, path, token)
    first = tuple(statements)
    add_known(app)
    offer_id = find_offer_id(app, "walkers")
    with app.app_context():
        live = select(func.min(Signature.id)).where(Signature.proved_at.is_not(None))
        make_consent(
            db.session(),
            db.session.scalars(live).one(),
            db.session.get_one(ConsentOffer, offer_id),
        )
        db.session.commit()
        number_changes()
        assert db.session.scalar(select(func.count(Campaign.id))) == 1

    with note_statements(app) as statements:
        after = call(app, path, token)

    assert (after.status_code, json.loads(after.data)) == (200, json.loads(before.data))
    assert tuple(statements) == first
