"""Each role refuses keys that are not the database's, as a process and in one line."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.keys.check import check_keys
from petition.web import keys
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

    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "petition", role],
            env=os.environ | environment | set_keys(NEW),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for role in ROLES
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]

    assert [process.returncode for process in processes] == [1, 1, 1], said
    for words in said:
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
