"""A clock that is off is named, whichever it is: this host's, another's, the mail server's."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime
from socket import create_server, socket
from threading import Thread

import pytest
from flask import Flask
from flask.ctx import AppContext
from structlog.testing import capture_logs

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.health.clock_drift import check_clock, find_greeting_skew
from petition.health.core_checks import check_mail
from petition.health.findings import Fault
from petition.models import ProcessRole
from petition.processes.liveness import keep_beating
from tests.processes.rows import add_process

HOUR = timedelta(hours=1)


def read_fault(check: Callable[[], str]) -> str:
    with pytest.raises(Fault) as raised:
        check()
    return raised.value.found


def test_a_host_that_is_an_hour_off_is_named(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    assert check_clock().endswith(" s of the database and Redis")

    make_later(HOUR)

    # SQLite has this host's clock, and Redis one of its own.
    what = {"sqlite": "Redis", "postgresql": "its database"}[db.engine.dialect.name]
    assert read_fault(check_clock) == f"this host is 60 minutes ahead of {what}"


def test_another_host_that_is_off_is_named_from_here(context: AppContext) -> None:
    with transaction() as session:
        add_process(session, silent=-3600, host="two.example", clock_ahead=-3600.0)
        add_process(session, silent=40, host="gone.example", clock_ahead=900.0)

    assert read_fault(check_clock) == "the host two.example is 60 minutes behind the database"


def test_a_process_logs_that_its_clock_is_off(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    make_later(HOUR)
    with capture_logs() as logs:
        with keep_beating(get_settings().database_url, ProcessRole.SCHEDULER):
            pass

    told = [line for line in logs if line["event"] == "process.clock_off"]
    if db.engine.dialect.name == "sqlite":
        assert not told
    else:
        (line,) = told
        assert 3540 < line["ahead"] < 3660


@pytest.mark.parametrize(("off", "is_fault"), [(HOUR, True), (-HOUR, True), (0 * HOUR, False)])
def test_a_greeting_that_is_far_off_is_a_fault(
    make_app: Callable[..., Flask], off: timedelta, is_fault: bool
) -> None:
    with closing(create_server(("127.0.0.1", 0))) as server:
        date = format_datetime(utcnow() + off)
        Thread(target=greet, args=(server, date), daemon=True).start()
        app = make_app(PETITION_SMTP_URL=f"smtp://127.0.0.1:{server.getsockname()[1]}")
        with app.app_context():
            if is_fault:
                side = "ahead of" if off > 0 * HOUR else "behind"
                said = f"the mail server's greeting is 60 minutes {side} this host"
                assert read_fault(check_mail) == said
            else:
                assert "accepts us" in check_mail()


def greet(server: socket, date: str) -> None:
    """Answer one client as an old mail server does."""
    client, _ = server.accept()
    with client, client.makefile("rwb") as stream:
        stream.write(f"220 mail.example ESMTP Exim 4.96 {date}\r\n".encode())
        stream.flush()
        for line in stream:
            stream.write(b"221 Bye\r\n" if line.upper().startswith(b"QUIT") else b"250 Yes\r\n")
            stream.flush()


@pytest.mark.parametrize("greeting", ["", "mail.example ESMTP", "Xyz, 99 Foo 2026 99:99:99 +0000"])
def test_a_greeting_without_a_date_says_nothing(greeting: str) -> None:
    assert find_greeting_skew(greeting) is None
