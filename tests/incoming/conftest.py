"""A real IMAP server, and an app whose mailbox it has."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from petition.core.extensions import db
from tests.mail.dovecot import PROGRAM, Dovecot, run_dovecot
from tests.mail.servers import make_certificate

Enter = Callable[..., Flask]


@pytest.fixture
def dovecot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """A server whose certificate this process trusts."""
    if PROGRAM is None:
        pytest.skip("dovecot is not installed: apt-get install dovecot-imapd")
    certificate, _ = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with run_dovecot(certificate, certificate.with_suffix(".key")) as server:
        yield server


@pytest.fixture
def enter(make_app: Callable[..., Flask]) -> Iterator[Enter]:
    """Make an app with other settings and push its context until the test ends."""
    pushed: list[Any] = []

    def push(**changes: str) -> Flask:
        app = make_app(**changes)
        context = app.app_context()
        context.push()
        pushed.append(context)
        return app

    yield push
    for context in reversed(pushed):
        db.session.remove()
        context.pop()
