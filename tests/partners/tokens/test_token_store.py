"""Tokens as rows: who makes, replaces and revokes them, and what the database refuses."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import ApiToken, Event
from petition.partners.tokens.token_problems import TokenProblem
from petition.partners.tokens.token_store import (
    create_token,
    list_tokens,
    revoke_token,
    rotate_token,
)
from tests.accounts.world import make_group

SCOPES = ["people:read", "campaigns:read"]


def test_a_token_is_random_and_listed_without_its_secret(app: Flask) -> None:
    group = make_group(app)
    with app.app_context():
        made = [create_token(group, " Our  CRM ", SCOPES, actor="partner:1") for _ in range(2)]

        lines = list_tokens(group)

    assert len({one.secret for one in made}) == 2 and all(len(one.secret) == 47 for one in made)
    assert [line.name for line in lines] == ["Our CRM"] * 2
    assert not any(one.secret in str(lines) for one in made)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field", "problem"),
    [
        (" ", SCOPES, 1, "name", TokenProblem.NAME_MISSING),
        ("a\0b", SCOPES, 1, "name", TokenProblem.NAME_MISSING),
        ("x" * 61, SCOPES, 1, "name", TokenProblem.NAME_LONG),
        ("x", [], 1, "scopes", TokenProblem.NO_SCOPE),
        ("x", ["everything"], 1, "scopes", TokenProblem.SCOPE_UNKNOWN),
        ("x", SCOPES, 0, "days", TokenProblem.LIFE_LONG),
        ("x", SCOPES, 731, "days", TokenProblem.LIFE_LONG),
    ],
)
def test_what_is_no_token_is_refused(
    app: Flask, name: str, scopes: list[str], days: int, field: str, problem: TokenProblem
) -> None:
    group = make_group(app)
    with app.app_context(), pytest.raises(InvalidInput) as refused:
        create_token(group, name, scopes, actor="test", days=days)

    assert refused.value.problems[field].code == problem


def test_a_token_is_replaced_once_and_ends_after_the_overlap(app: Flask) -> None:
    group = make_group(app)
    with app.app_context():
        old = create_token(group, "CRM", SCOPES, actor="test")
        new = rotate_token(group, old.id, actor="test", overlap_hours=24)
        before, after = sorted(list_tokens(group), key=lambda line: line.id)
        with pytest.raises(InvalidInput):
            rotate_token(group, old.id, actor="test")

    assert before.replaced and not after.replaced and after.id == new.id
    assert before.expires_at - utcnow() <= timedelta(hours=24) < after.expires_at - utcnow()
    assert after.scopes == before.scopes and after.name == before.name


def test_another_organization_s_token_is_not_there(app: Flask) -> None:
    group, other = make_group(app), make_group(app, "walkers")
    with app.app_context():
        made = create_token(group, "CRM", SCOPES, actor="test")
        for change in (revoke_token, rotate_token):
            with pytest.raises(NotFound):
                change(other, made.id, actor="test")  # type: ignore[operator]

        assert list_tokens(other) == [] and not list_tokens(group)[0].ended


def test_what_is_done_with_a_token_is_in_the_trail(app: Flask) -> None:
    group = make_group(app)
    with app.app_context():
        made = create_token(group, "CRM", SCOPES, actor="partner:1")
        rotate_token(group, made.id, actor="partner:1")
        assert revoke_token(group, made.id, actor="partner:1")
        assert not revoke_token(group, made.id, actor="partner:1")

        events = db.session.scalars(
            select(Event.action).where(Event.subject == "token").order_by(Event.id)
        ).all()

    assert events == ["token.created", "token.created", "token.replaced", "token.revoked"]


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": "erase"},
        {"digest": b"x" * 32},
        {"organization_id": 2},
        {"revoked_at": None},
        {"expires_at": utcnow() + timedelta(days=3000)},
    ],
)
def test_the_database_keeps_a_token_as_it_was_made(app: Flask, change: dict[str, object]) -> None:
    group = make_group(app)
    make_group(app, "walkers")
    with app.app_context():
        made = create_token(group, "CRM", SCOPES, actor="test")
        revoke_token(group, made.id, actor="test")

        with pytest.raises(DBAPIError, match="stays what it was made"), transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == made.id).values(**change))
        with pytest.raises(DBAPIError, match="not deleted"), transaction() as session:
            session.execute(delete(ApiToken))
