"""Tokens: what opens, what is refused and how, and that nothing of one is kept or told."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import false, select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import ApiToken
from petition.partners.tokens import token_check
from petition.partners.tokens.token_store import NewToken, create_token, revoke_token, rotate_token
from tests.web.api.world import (
    ALL,
    PROBLEM,
    call,
    find_organization_id,
    make_api_token,
    make_organization,
)
from tests.web.public_world import make_world

OWN = "/organization"


@pytest.fixture
def group(app: Flask) -> int:
    make_world(app)
    return make_organization(app)


def make(app: Flask, group: int, **changes: int) -> NewToken:
    with app.app_context():
        return create_token(group, "Our program", ALL, actor="test", **changes)


def test_a_token_opens_what_it_was_made_for(app: Flask, group: int) -> None:
    answer = call(app, OWN, make_api_token(app, "riders", "campaigns:read"))

    assert answer.status_code == 200 and answer.json["slug"] == "riders"
    assert answer.json["scopes"] == ["campaigns:read"]
    assert answer.json["offers"][0]["wording"] == "The riders may e-mail me."
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_token_it_is_asked_for(app: Flask, group: int) -> None:
    answer = call(app, OWN)

    assert (answer.status_code, answer.content_type) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")


@pytest.mark.parametrize(
    "header",
    ["Basic YTpi", "Bearer", "Bearer ", "Bearer x", "Bearer hdt_" + "A" * 43, "Bearer \xff\xfe"],
)
def test_an_unknown_token_is_refused(app: Flask, group: int, header: str) -> None:
    answer = call(app, OWN, headers={"Authorization": header})

    assert (answer.status_code, answer.json["code"]) == (401, "token-refused")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_ends_when_it_expires_and_at_once_when_it_is_revoked(
    app: Flask, group: int
) -> None:
    short, other = make(app, group, days=1), make(app, group)

    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        expired = call(app, OWN, short.secret)
        good = call(app, OWN, other.secret)
        with app.app_context():
            assert revoke_token(group, other.id, actor="test")
        revoked = call(app, OWN, other.secret)

    assert (expired.status_code, good.status_code, revoked.status_code) == (401, 200, 401)
    assert expired.json == revoked.json


def test_a_replaced_token_works_through_the_overlap_and_no_longer(app: Flask, group: int) -> None:
    old = make(app, group)
    with app.app_context():
        new = rotate_token(group, old.id, actor="test", overlap_hours=2)

    assert call(app, OWN, old.secret).status_code == 200
    with time_machine.travel(utcnow() + timedelta(hours=3), tick=False):
        assert call(app, OWN, old.secret).status_code == 401
        assert call(app, OWN, new.secret).status_code == 200


def test_a_token_without_the_scope_is_refused_by_its_name(app: Flask, group: int) -> None:
    answer = call(app, OWN, make_api_token(app, "riders", "people:read"))

    assert (answer.status_code, answer.json["code"]) == (403, "scope-missing")
    assert 'scope="campaigns:read"' in answer.headers["WWW-Authenticate"]


def test_an_organization_that_may_not_use_the_api_is_refused(
    app: Flask, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_api_token(app)
    monkeypatch.setattr(token_check, "is_in_good_standing", false)

    answer = call(app, OWN, token)

    assert (answer.status_code, answer.json["code"]) == (403, "organization-suspended")
    assert call(app, "/campaigns", token).status_code == 200


def test_the_last_use_is_kept_to_the_hour(app: Flask, group: int) -> None:
    token = make(app, group)

    with time_machine.travel("2026-12-01T10:25:00Z", tick=False):
        call(app, OWN, token.secret)

    with app.app_context():
        used = db.session.scalars(
            select(ApiToken.last_used_at).where(ApiToken.id == token.id)
        ).one()
        assert used is not None and used.isoformat() == "2026-12-01T10:00:00+00:00"


def test_a_token_is_in_no_log_and_no_table(
    app: Flask, group: int, capsys: pytest.CaptureFixture[str]
) -> None:
    token = make(app, group).secret

    for path in (OWN, f"{OWN}?token={token}", "/nothing", "/people?after=x"):
        answer = call(app, path, token)
        assert token not in answer.text
    logged = capsys.readouterr()

    assert token[10:] not in logged.out + logged.err
    with app.app_context():
        for row in db.session.scalars(select(ApiToken)):
            assert token not in repr(vars(row)) and token[:10] == row.prefix


def test_too_many_requests_are_told_when_to_come_again(app: Flask, group: int) -> None:
    token, other = make_api_token(app), make_api_token(app)
    quota = app.extensions["hundredth-api-quota"]
    quota.quota = 3
    left = [call(app, OWN, token).headers["RateLimit"].partition(";r=")[2][0] for _ in range(3)]

    late = call(app, OWN, token)

    assert left == ["2", "1", "0"]
    assert (late.status_code, late.json["code"]) == (429, "too-many-requests")
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert late.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert call(app, OWN, other).status_code == 200
    assert call(app, "/campaigns").headers["RateLimit-Policy"].startswith('"network"')


def test_tokens_that_are_tried_count_for_their_network(app: Flask, group: int) -> None:
    app.extensions["hundredth-api-quota"].quota = 3

    answers = [call(app, OWN, "hdt_" + "B" * 43).status_code for _ in range(4)]

    assert answers == [401, 401, 401, 429]
    assert call(app, OWN, make_api_token(app)).status_code == 200


def test_one_organization_sees_nothing_of_another(app: Flask, group: int) -> None:
    make_organization(app, "walkers", updates="May we?")

    seen = call(app, OWN, make_api_token(app, "walkers")).json

    assert seen["slug"] == "walkers" and [one["wording"] for one in seen["offers"]] == ["May we?"]
    with app.app_context():
        assert find_organization_id("walkers") != group
