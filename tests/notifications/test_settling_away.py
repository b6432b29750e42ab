"""A database that is away when it is to be written how a mail went."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db
from petition.models import Mail
from petition.notifications import mail_handover
from petition.notifications.batches import send_batch
from tests.mail.servers import RoughServer, Talk, accept
from tests.notifications.conftest import Enter, sign_one
from tests.notifications.test_mails import plan_link


@contextmanager
def locked_by(seconds: float) -> Iterator[Callable[[], None]]:
    """Give a function that locks the database for so long, once it is called for the first time."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows, not files")
    db.session.execute(text("PRAGMA busy_timeout=50"))
    db.session.rollback()
    other = sqlite3.connect(
        str(make_url(str(db.engine.url)).database), check_same_thread=False, isolation_level=None
    )
    timers: list[threading.Timer] = []

    def lock() -> None:
        if not timers:
            other.execute("BEGIN IMMEDIATE")
            timers.append(threading.Timer(seconds, other.rollback))
            timers[0].start()

    yield lock
    for timer in timers:
        timer.join()
    other.close()


def test_a_mail_that_was_taken_is_written_down_once_the_database_is_back(enter: Enter) -> None:
    locks: list[Callable[[], None]] = []

    def lock_and_accept(talk: Talk) -> None:
        locks[0]()
        accept(talk)

    with RoughServer(lock_and_accept, accept) as server:
        enter(server.address)
        plan_link(sign_one())
        with locked_by(1.0) as lock:
            locks.append(lock)
            assert send_batch() == 1

        assert [mail.sent_at is not None for mail in db.session.query(Mail)] == [True]
        assert (send_batch(), len(server.kept)) == (0, 1)


def test_for_a_mail_that_was_not_tried_no_database_is_waited_for(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_handover, "BATCH_SECONDS", 0.0)
    with RoughServer(accept) as server:
        enter(server.address, PETITION_LEASE_SECONDS="30")
        plan_link(sign_one())
        with locked_by(3.0) as lock:
            monkeypatch.setattr(mail_handover, "make_mailer", lambda settings: lock())
            began = time.monotonic()
            with pytest.raises(DatabaseUnavailable):
                send_batch()

            assert time.monotonic() - began < 2.5
        assert server.conversations == 0
