"""FAULT 17: whether an address has an account shows neither in words, nor in work, nor in rows."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from petition.accounts.staff_accounts import set_active
from petition.core.extensions import db
from petition.models import AccountMail, RoleName
from tests.web.staff_world import BASE, find_token, make_staff

TRIES = 9
UNKNOWN = "nobody@staff.example"


def send(app: Flask, path: str, number: int, **fields: str) -> str:
    """Send a form from a network of its own; return the page without what was typed."""
    browser = app.test_client()
    options = {"base_url": BASE, "environ_overrides": {"REMOTE_ADDR": f"198.51.100.{number}"}}
    token = find_token(browser.get(path, **options))
    answer = browser.post(path, data={"csrf_token": token} | fields, **options)
    return f"{answer.status_code} " + re.sub(r'value="[^"]*"', "", answer.text)


@pytest.mark.usefixtures("full_passwords")
@pytest.mark.parametrize("portal", ["staff", "partner"])
def test_a_sign_in_takes_as_long_for_an_address_without_an_account(
    make_app: Callable[..., Flask], portal: str
) -> None:
    app = make_app()
    known, closed = make_staff(app), make_staff(app, RoleName.READER)
    with app.app_context():
        set_active(closed, False, actor="test")
    shortest: dict[str, float] = {}
    pages = set()

    for number in range(TRIES):
        for email in (known, closed, UNKNOWN):
            browser = app.test_client()
            path = f"/{portal}/login"
            options = {"base_url": BASE, "environ_overrides": {"REMOTE_ADDR": f"192.0.2.{number}"}}
            token = find_token(browser.get(path, **options))
            form = {"csrf_token": token, "email": email, "password": "not the password"}
            began = time.process_time()
            answer = browser.post(path, data=form, **options)
            took = time.process_time() - began
            shortest[email] = min(took, shortest.get(email, took))
            pages.add(re.sub(r'value="[^"]*"', "", answer.text))

    # Of the processor, which others on the machine do not change. Without the work of a hash an
    # unknown address would be answered many times as fast.
    assert max(shortest.values()) < 2 * min(shortest.values()), shortest
    assert len(pages) == 1


def test_asking_for_a_link_does_the_same_for_any_address(app: Flask) -> None:
    known = make_staff(app)
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    seen = []

    for number, email in enumerate((known, UNKNOWN)):
        send(app, "/staff/reset", 100 + number, email="warm@staff.example")
        statements.clear()
        page = send(app, "/staff/reset", number, email=email)
        seen.append((page, list(statements)))

    assert seen[0] == seen[1]
    assert any(statement.startswith("INSERT INTO account_mails") for statement in seen[0][1])
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AccountMail)) == 4
