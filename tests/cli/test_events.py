"""``petition events``: what is archived is told by month, checked, and told to a program."""

import json
from datetime import timedelta

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from tests.audit.test_event_archives import MARCH, add_events
from tests.cli.runner import run


@pytest.fixture
def old_app(app: Flask) -> Flask:
    """An app with forty events of one month that is long over, and one of now, which stays."""
    with app.app_context():
        add_events(MARCH, 40)
        add_events(utcnow(), 1)
    return app


def test_a_dry_run_says_what_would_be_archived_and_changes_nothing(old_app: Flask) -> None:
    told = run(old_app, "events", "archive", "--before", "2026-04", "--dry-run")

    assert told.exit_code == 0
    assert told.output.startswith("2026-03: 40 events, ")
    assert told.output.endswith("would be archived\n40 events in 1 file.\n")
    assert run(old_app, "events", "verify").output == "No events are archived yet.\n"


def test_what_is_archived_is_verified_and_nothing_is_archived_twice(old_app: Flask) -> None:
    (line,) = run(old_app, "events", "archive", "--before", "2026-04", "--json").stdout.splitlines()
    made = json.loads(line)

    assert (made["month"], made["events"]) == ("2026-03", 40)
    assert run(old_app, "events", "verify").output == "1 2026-03: 40 events, right\n"
    again = run(old_app, "events", "archive", "--before", "2026-04")
    assert again.stdout == "No events are that old.\n"


def test_a_file_that_was_changed_is_told_and_the_exit_code_says_so(old_app: Flask) -> None:
    run(old_app, "events", "archive", "--before", "2026-04")
    with old_app.app_context():
        folder = get_settings().data_dir
    (path,) = [path for path in folder.rglob("*.gz") if path.is_file()]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    found = run(old_app, "events", "verify", "--json")

    assert found.exit_code == 1
    assert json.loads(found.output)["fault"]


def test_a_month_that_is_not_over_for_long_is_refused(old_app: Flask) -> None:
    month = (utcnow() + timedelta(days=1)).strftime("%Y-%m")

    refused = run(old_app, "events", "archive", "--before", month)

    assert refused.exit_code == 1
    assert "31 days" in str(refused.exception)
