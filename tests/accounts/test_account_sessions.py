"""Rows of sessions and places end by themselves, and a session is looked up by one statement."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import event, func, select

from petition.accounts.account_sessions import (
    find_session,
    forget_sessions,
    open_session,
    revoke_session,
)
from petition.accounts.staff_accounts import create_staff
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import AccountPlace, AccountSession, PortalName, RoleName

STAFF, PARTNER = PortalName.STAFF, PortalName.PARTNER


def make_account() -> int:
    return create_staff("ada@staff.example", "correct horse battery", [RoleName.READER], actor="x")


def test_a_session_is_found_by_one_statement_in_its_portal_alone(app: Flask) -> None:
    with app.app_context():
        user_id = make_account()
        token = open_session(user_id, STAFF, "Firefox on Linux", "203.0.113.9")
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

        found = find_session(token, STAFF)
        asked = [one for one in statements if not one.startswith("BEGIN")]

        assert found is not None and found.user_id == user_id and not found.has_factor
        assert len(asked) == 1 and asked[0].startswith("SELECT")
        assert find_session(token, PARTNER) is None
        for wrong in ("", token[:-1], token + "x", "\u00e9" * 40, "x" * 10_000):
            assert find_session(wrong, STAFF) is None


def test_the_token_is_not_in_the_database(app: Flask) -> None:
    with app.app_context():
        token = open_session(make_account(), STAFF, "Firefox", None)
        row = db.session.scalars(select(AccountSession)).one()

        assert len(row.digest) == 32 and token.encode() not in bytes(row.digest)


def test_nobody_ends_anothers_session(app: Flask) -> None:
    with app.app_context():
        user_id = make_account()
        token = open_session(user_id, STAFF, "Firefox", None)
        number = db.session.scalars(select(AccountSession.id)).one()

        assert not revoke_session(user_id + 1, number, STAFF)
        assert find_session(token, STAFF)
        assert revoke_session(user_id, number, STAFF)
        assert not revoke_session(user_id, number, STAFF)
        assert find_session(token, STAFF) is None


def test_what_is_over_is_deleted_and_places_after_half_a_year(app: Flask) -> None:
    def count() -> tuple[int, int]:
        return tuple(  # type: ignore[return-value]
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (AccountSession, AccountPlace)
        )

    now = utcnow()
    with app.app_context():
        user_id = make_account()
        open_session(user_id, STAFF, "Firefox", "203.0.113.9")
        assert forget_sessions() == 0 and count() == (1, 1)

        with time_machine.travel(now + timedelta(hours=2)):
            assert forget_sessions() == 1 and count() == (0, 1)
        with time_machine.travel(now + timedelta(days=179)):
            assert forget_sessions() == 0
        with time_machine.travel(now + timedelta(days=181)):
            assert forget_sessions() == 1 and count() == (0, 0)
