"""An app with the tables of postcards (postcards.py), which mails to a server of the test."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from petition.core.extensions import db
from tests.dispatch.postcards import POSTCARDS, drop_tables, make_tables
from workers import outgoing

Enter = Callable[..., Flask]


@pytest.fixture
def enter(make_app: Callable[..., Flask], environment: dict[str, str]) -> Iterator[Enter]:
    """Push an app that mails to a server, with the tables of postcards."""
    contexts = []

    def push(address: str, **settings: str) -> Flask:
        app = make_app(**mail_to(address) | settings)
        contexts.append(app.app_context())
        contexts[-1].push()
        make_tables()
        return app

    yield push
    for context in reversed(contexts):
        db.session.remove()
        drop_tables()
        db.engine.dispose()
        context.pop()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line of the registry."""
    monkeypatch.setattr(outgoing, "KINDS", (*outgoing.KINDS, POSTCARDS))


def mail_to(address: str) -> dict[str, str]:
    return {
        "PETITION_SMTP_URL": f"smtp://{address}?timeout=5",
        "PETITION_RETRY_BASE_SECONDS": "30",
        "PETITION_MAX_ATTEMPTS": "3",
    }
