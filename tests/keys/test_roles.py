"""Each role refuses keys that are not the database's, as a process and in one line."""

import os
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.keys.check import check_keys
from petition.web import keys
from tests.forked import run_role
from tests.ground import fill_form
from tests.keys.turned import NEW, OLD, OLD_ID, set_keys
from tests.web.public_world import CAMPAIGN, SIGN, make_world

MakeApp = Callable[..., Flask]
ROLES = ("web", "worker", "scheduler")


def begin(make_app: MakeApp) -> None:
    """Have a campaign, on a database that was begun with the old key."""
    app = make_app()
    make_world(app)
    with app.app_context():
        check_keys()
        db.session.remove()


@pytest.mark.own_database
def test_no_role_starts_without_a_key_that_stored_values_may_need(
    make_app: MakeApp, environment: dict[str, str]
) -> None:
    begin(make_app)

    settings = os.environ | environment | set_keys(NEW)
    roles = [run_role(["-m", "petition", role], settings) for role in ROLES]

    assert [role.returncode for role in roles] == [1, 1, 1], roles
    for role in roles:
        words = (role.stdout + role.stderr).decode()
        assert f"petition: PETITION_DATA_KEYS: lacks the key {OLD_ID.hex()}" in words
        assert "Traceback" not in words


@pytest.mark.parametrize(("settings", "status"), [(set_keys(NEW), 503), (set_keys(NEW, OLD), 200)])
def test_pages_answer_503_and_store_nothing_while_a_key_is_missing(
    make_app: MakeApp, settings: dict[str, str], status: int
) -> None:
    begin(make_app)
    app = make_app(**settings)

    keys.init_app(app)
    browser = app.test_client()

    assert browser.get(CAMPAIGN).status_code == status
    signed = browser.post(SIGN, data=fill_form(1)).status_code
    assert signed == (303 if status == 200 else 503)
