"""``petition doctor``: every fault is found, said with what to do, and is exit code 1."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import downgrade
from sqlalchemy import insert

from petition import create_app
from petition.boundaries.shapes import name_file
from petition.cli import cli
from petition.core import database
from petition.core.clock import utcnow
from petition.core.errors import OperatorError
from petition.core.extensions import get_settings, transaction
from petition.core.settings import read_settings
from petition.health import storage_check
from petition.models import Event, Heartbeat
from tests.cli.runner import run
from tests.conftest import ENVIRONMENT
from tests.factories import make_campaign, make_district, make_signature
from tests.processes.rows import add_all

CHECKS = [
    "python",
    "pango",
    "fonts",
    "settings",
    "keys",
    "database",
    "migrations",
    "redis",
    "queue",
    "proxy",
    "smtp",
    "mails",
    "letters",
    "relay",
    "bounces",
    "disk",
    "content",
    "clock",
    "boundaries",
    "counties",
    "processes",
    "reconciler",
    "hundreds",
    "pauses",
    "corrections",
    "retention",
    "audit",
]


def make_well(app: Flask) -> None:
    """Have in the database what every running service has."""
    with app.app_context(), transaction() as session:
        make_district(session)
        make_signature(session, make_campaign(session))
        session.execute(insert(Heartbeat).values(name="reconciler", at=utcnow(), detail={}))
        add_all(session)


def find_faults(app: Flask) -> dict[str, str]:
    """Return what the doctor finds wrong, and check that its exit code says the same."""
    result = run(app, "doctor", "--json")
    faults = {
        finding["name"]: f"{finding['found']}. {finding['remedy']}"
        for finding in json.loads(result.output)
        if not finding["ok"]
    }
    assert result.exit_code == (1 if faults else 0)
    return faults


def test_a_service_that_is_well_has_a_line_for_each_check(app: Flask) -> None:
    make_well(app)

    result = run(app, "doctor")

    lines = result.output.splitlines()
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in lines] == [["ok", name] for name in CHECKS]


def test_redis_away_is_a_fault_and_the_only_one(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock")
    make_well(app)

    faults = find_faults(app)

    assert list(faults) == ["redis"]
    assert "REDIS_URL" in faults["redis"]


def test_a_fault_is_a_line_with_what_to_do(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock")

    output = run(app, "doctor").output

    (line,) = (line for line in output.splitlines() if " redis " in line)
    assert line.startswith("fault")
    assert "Start it or correct REDIS_URL" in line


def test_a_folder_that_cannot_be_written_is_a_fault(app: Flask) -> None:
    make_well(app)
    with app.app_context():
        get_settings().outbox_dir.write_text("a file where the folder should be")

    faults = find_faults(app)

    assert list(faults) == ["disk"]
    assert "outbox cannot be written" in faults["disk"]


def test_a_disk_that_is_nearly_full_is_a_fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_well(app)
    monkeypatch.setattr(storage_check, "LEAST_FREE", 2**62)

    assert list(find_faults(app)) == ["disk"]


@pytest.mark.own_database
def test_a_migration_that_was_not_run_is_a_fault(app: Flask) -> None:
    make_well(app)
    with app.app_context():
        downgrade(revision="0001")

    faults = find_faults(app)

    assert list(faults) == ["migrations"]
    assert "petition db upgrade" in faults["migrations"]


@pytest.mark.both_databases
def test_a_database_without_tables_is_a_fault_of_its_migrations(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    faults = find_faults(app)

    assert "petition db upgrade" in faults["migrations"]
    assert "its tables are missing" in faults["boundaries"]
    assert "petition db upgrade" in faults["boundaries"]
    assert "database" not in faults


def test_a_database_that_is_away_is_a_fault(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    kind = database_url.partition(":")[0]
    url = {
        "sqlite": "sqlite:////nowhere/hundredth.sqlite3",
        "postgresql": "postgresql://hundredth:canary@127.0.0.1:1/hundredth",
    }[kind]

    faults = find_faults(make_app(DATABASE_URL=url))

    assert "DATABASE_URL" in faults["database"]
    assert "canary" not in str(faults)
    assert "redis" not in faults


def test_a_mail_server_that_is_away_is_a_fault(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SMTP_URL="smtp://127.0.0.1:1")
    make_well(app)

    assert list(find_faults(app)) == ["smtp"]


def test_a_data_key_that_is_not_the_databases_own_is_a_fault(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    make_well(app)
    other = base64.urlsafe_b64encode(bytes(range(100, 132))).decode()

    faults = find_faults(make_app(PETITION_DATA_KEY=other))

    assert list(faults) == ["keys"]
    assert "another key" in faults["keys"]


def test_damaged_polygons_are_a_fault(app: Flask) -> None:
    make_well(app)
    with app.app_context():
        path = name_file(get_settings().boundaries_dir, "0" * 64)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")

    assert list(find_faults(app)) == ["boundaries"]


def test_a_silent_reconciler_is_a_fault(app: Flask) -> None:
    make_well(app)
    with app.app_context(), transaction() as session:
        beat = session.get_one(Heartbeat, "reconciler")
        beat.at = utcnow() - timedelta(minutes=5)

    faults = find_faults(app)

    assert list(faults) == ["reconciler"]
    assert "petition scheduler" in faults["reconciler"]


def test_a_clock_that_ran_backwards_is_a_fault(app: Flask) -> None:
    make_well(app)
    with app.app_context(), transaction() as session:
        session.execute(
            insert(Event).values(
                at=utcnow() + timedelta(hours=1),
                actor="test",
                action="test",
                subject="test",
                subject_id=1,
                detail={},
            )
        )

    assert list(find_faults(app)) == ["clock"]


def test_settings_that_are_refused_are_named(tmp_path: Path) -> None:
    environment = ENVIRONMENT | {"SECRET_KEY": "weak", "PETITION_DATA_DIR": str(tmp_path)}
    script = ScriptInfo(create_app=lambda: create_app(read_settings(environment)))

    result = CliRunner().invoke(cli, ["doctor"], obj=script)

    assert result.exit_code == 1
    assert "fault  settings" in result.output
    assert "SECRET_KEY is too weak" in result.output
    assert "ok     python" in result.output


def test_the_process_itself_ends_with_exit_code_1(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PETITION_DATA_DIR": str(tmp_path),
    }

    done = subprocess.run(
        [sys.executable, "-m", "petition", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 1
    assert "SECRET_KEY is not set" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_name_that_is_no_setting_is_a_fault(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SING_LIMIT="5")
    make_well(app)

    faults = find_faults(app)

    assert list(faults) == ["settings"]
    assert "PETITION_SING_LIMIT is not a setting" in faults["settings"]
    assert "the closest setting is PETITION_SIGN_LIMIT" in faults["settings"]


@pytest.mark.both_databases
def test_a_postgresql_that_is_too_old_is_named_and_gets_no_migration(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_well(app)
    monkeypatch.setattr(database, "OLDEST_POSTGRESQL", 99)
    is_sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")

    faults = find_faults(app)
    refused = run(app, "db", "upgrade").exception

    if is_sqlite:
        assert (faults, refused) == ({}, None)
        return
    assert list(faults) == ["database"]
    assert "is older than 99" in faults["database"]
    assert isinstance(refused, OperatorError)
    assert "is older than 99" in str(refused) and "\n" not in str(refused)
