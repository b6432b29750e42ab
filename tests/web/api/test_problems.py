"""Every refusal is a problem of RFC 9457, and nothing is a page or an error of ours."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from petition.core.extensions import get_settings
from petition.web.api import campaigns
from petition.web.api.problems import PREFIX
from tests.ground import SLUG
from tests.web.api.world import PROBLEM, RECORD, call, make_api_token, make_organization
from tests.web.public_world import make_world


@pytest.mark.parametrize(
    ("path", "options", "status", "code"),
    [
        ("/nothing", {}, 404, "not-found"),
        ("/campaigns/none", {}, 404, "not-found"),
        ("/letters/NONE", {}, 404, "not-found"),
        ("/campaigns", {"method": "DELETE"}, 405, "method-not-allowed"),
        (RECORD, {}, 405, "method-not-allowed"),
        ("/campaigns", {"headers": {"Accept": "text/html"}}, 406, "not-acceptable"),
        ("/campaigns?limit=0", {}, 400, "invalid-input"),
        ("/campaigns?limit=" + "9" * 5000, {}, 400, "invalid-input"),
        ("/campaigns?page=2", {}, 400, "invalid-input"),
        ("/campaigns?access_token=x", {}, 400, "token-in-address"),
        (f"/campaigns/{SLUG}/districts?layer=zcta", {}, 400, "invalid-input"),
        (RECORD, {"data": "a=b"}, 415, "unsupported-media-type"),
        (RECORD, {"json": {}}, 401, "unauthorized"),
    ],
)
def test_what_is_refused_says_why(
    app: Flask, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    make_world(app)

    answer = call(app, path, **options)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == PROBLEM and answer.json["status"] == status
    with app.app_context():
        explained = f"{get_settings().public_url}{PREFIX}/docs#problem-{code}"
    assert answer.json["type"] == explained
    assert f'id="problem-{code}"' in call(app, "/docs").text
    if status == 405:
        assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"\xff",
        b'{"person": NaN}',
        b'{"person": 1, "person": 2}',
        b'{"person": ' + b"9" * 5000 + b"}",
        b"[" * 10_000,
        b'{"person": {"given_name": "\\ud800"}}',
    ],
)
def test_a_body_that_is_no_object_is_refused(app: Flask, body: bytes) -> None:
    make_world(app)
    make_organization(app)
    sent = {"data": body, "content_type": "application/json"}

    answer = call(app, RECORD, make_api_token(app), **sent)

    assert answer.status_code in (400, 422) and answer.content_type == PROBLEM
    assert answer.json["errors"][0]["pointer"].startswith("#")


def test_unknown_fields_are_refused_by_name(app: Flask) -> None:
    make_world(app)
    make_organization(app)
    body = {"add_tags": ["x"], "person": {"gender": "x", "email_addresses": [{"status": 1}]}}

    answer = call(app, RECORD, make_api_token(app), json=body)

    named = {error.get("pointer"): error["detail"] for error in answer.json["errors"]}
    assert answer.status_code == 422
    assert named["#/add_tags"] == named["#/person/gender"] == "Unknown field."
    assert named["#/person/email_addresses/0/status"] == "Unknown field."
    assert "#/person/postal_addresses" in named


def test_a_body_that_is_too_large_is_refused_unread(app: Flask) -> None:
    make_world(app)
    make_organization(app)

    answer = call(app, RECORD, make_api_token(app), json={"comments": "x" * 40_000})

    assert (answer.status_code, answer.json["code"]) == (413, "too-large")


def test_a_database_that_is_away_is_503_in_words_for_programs(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world(app)

    def fail(slug: str) -> None:
        raise OperationalError("SELECT secret", {}, Exception("away"))

    monkeypatch.setattr(campaigns, "find_campaign", fail)
    answer = call(app, f"/campaigns/{SLUG}")

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] and "browser" not in answer.text


def test_an_error_of_ours_tells_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(app)

    def fail(slug: str) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(campaigns, "find_campaign", fail)
    answer = call(app, f"/campaigns/{SLUG}")

    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert "secret" not in answer.text


def test_even_a_redirect_is_no_page(app: Flask) -> None:
    answer = app.test_client().get("/api//v1/campaigns")

    assert answer.status_code == 308 and answer.data == b""
