"""Every example of docs/api.md is run; a small OSDI client signs somebody and reads them back."""

import json
import re
import shlex
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.extensions import db, transaction
from petition.models import Signature
from petition.partners.exports.export_requests import prepare_exports
from petition.signers.confirm import confirm
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.docs.pages import DOCS
from tests.factories import make_base
from tests.ground import POSTAL_CODE, SLUG
from tests.partners.lookups.near_world import BASE
from tests.web.api.world import RECORD, call, find_offer_id, make_api_token, make_organization
from tests.web.public_world import make_world

PAGE = (DOCS / "api.md").read_text("utf-8")
HOST = "http://127.0.0.1:8000/api/v1"


def list_calls() -> list[str]:
    """Return the calls by curl of the page, each on one line."""
    blocks = re.findall(r"^    curl .*(?:\n     .*)*", PAGE, re.MULTILINE)
    return [block.replace("\\\n", " ").strip() for block in blocks]


def run(app: Flask, typed: str, token: str) -> TestResponse:
    """Send what a call by curl would."""
    words = shlex.split(typed.replace("$TOKEN", token).replace("$KEY", "key-1"))
    headers: dict[str, str] = {}
    options: dict[str, Any] = {}
    path = ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            options["data"] = next(rest)
        elif word == "-o":
            next(rest)
        elif word == "-X":
            options["method"] = next(rest)
        else:
            assert word.startswith(HOST), word
            path = word.removeprefix(HOST).replace("SLUG", SLUG).replace("NUMBER", "1")
    return call(app, path, headers=headers, **options)


def set_base(app: Flask, organization_id: int) -> None:
    """Give an organization a base, from which it looks for people."""
    with app.app_context(), transaction() as session:
        make_base(session, organization_id, BASE)


def ask_for_list(app: Flask, token: str) -> None:
    """Ask for a list by the token, and let it be prepared."""
    assert call(app, "/exports", token, json={"purpose": "updates"}).json["id"] == 1
    with app.app_context():
        while prepare_exports():
            pass


@pytest.mark.parametrize("typed", list_calls(), ids=range(len(list_calls())))
def test_every_call_of_the_page_works(app: Flask, typed: str) -> None:
    make_world(app)
    set_base(app, make_organization(app))
    token = make_api_token(app)
    if "NUMBER" in typed:
        ask_for_list(app, token)

    answer = run(app, typed, token)

    assert answer.status_code in (200, 202), answer.text


def test_the_page_has_its_calls_and_its_refusal(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    shown = json.loads(re.search(r"^    \{\n(?:     .*\n)*    \}", PAGE, re.MULTILINE)[0])  # type: ignore[index]
    refused = call(app, RECORD, make_api_token(app), json={"add_tags": []}).json

    assert len(list_calls()) == 10
    assert shown["errors"][0] in refused["errors"]
    assert {**refused, "errors": shown["errors"]} == shown


def test_the_page_lists_every_address(app: Flask) -> None:
    make_world(app)
    document = call(app, "/openapi.json").json

    for path in document["paths"]:
        shown = path.removeprefix("/api/v1")
        shown = re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), shown)
        assert f"{shown}`" in PAGE, shown


class OsdiClient:
    """A client written from OSDI's published shapes, which knows nothing of this service."""

    def __init__(self, app: Flask, token: str) -> None:
        self.app, self.token = app, token

    def sign(self, email: str, **more: Any) -> int:
        person = {
            "family_name": "Hopper",
            "given_name": "Grace",
            "postal_addresses": [{"postal_code": POSTAL_CODE, "country": "US", "primary": True}],
            "email_addresses": [{"address": email, "primary": True}],
        }
        return call(self.app, RECORD, self.token, json={"person": person, **more}).status_code

    def list_emails(self) -> list[str]:
        people = call(self.app, "/people", self.token).json["items"]
        return [email["address"] for one in people for email in one["email_addresses"]]


def test_a_client_of_osdi_records_a_signature_and_reads_the_person_back(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    client = OsdiClient(app, make_api_token(app))
    consents = [{"purpose": "updates", "offer": find_offer_id(app)}]

    assert client.sign("grace@people.example", consents=consents) == 202
    before = client.list_emails()
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        db.session.rollback()
        confirm(make_token(signature_id, LinkPurpose.CONFIRM))

    assert before == []
    assert client.list_emails() == ["grace@people.example"]
