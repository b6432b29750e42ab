"""A lane and many workers: they keep its rules together, and killed at any moment lose nobody."""

import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.dispatch.lanes import LONGEST_PAUSE, MANY_OF_ONE_CAUSE, PROBE_EACH
from petition.dispatch.leases import BATCH_LEASE
from petition.models import Event, Signature
from petition.notifications.confirmations import mail_batch
from tests.forked import run_forked, run_started
from tests.mail.refusing import Refusing, refusing_server
from tests.notifications.conftest import Enter
from tests.notifications.test_lanes import make_slug, read_lane, sign_many, work

WORKERS = 6
Later = Callable[[timedelta], None]
# Ends itself the hard way where it is about to do what is named.
VICTIM = """
import os, signal, sys
from importlib import import_module
from petition import create_app
module, _, name = sys.argv[1].rpartition(".")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(import_module(module), name, die)
from petition.notifications.confirmations import mail_batch
with create_app().app_context():
    while mail_batch():
        pass
"""


def work_at_once(app: Flask, limit: int = 20) -> None:
    """Let many workers do a batch each, all at once."""

    def work_once(_: int) -> None:
        with app.app_context():
            while mail_batch(limit):
                pass
            db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work_once, range(WORKERS)))
    db.session.rollback()


def test_many_workers_at_once_try_one_mail_of_a_stopped_lane(
    enter: Enter, make_later: Later
) -> None:
    server = Refusing("mail", "550 5.7.1 Blocked")
    with refusing_server(server) as address:
        app = enter(address)
        sign_many(make_slug(), 40)
        work_at_once(app, limit=5)
        # Each may have had one in hand when it was stopped.
        assert MANY_OF_ONE_CAUSE <= server.refused < MANY_OF_ONE_CAUSE + WORKERS
        assert read_lane().is_stopped
        before = server.refused
        make_later(LONGEST_PAUSE)
        work_at_once(app)
        assert server.refused == before + 1
        server.mend()
        make_later(LONGEST_PAUSE)
        work_at_once(app)
        work_at_once(app)

    assert set(Counter(server.recipients).values()) == {1}
    assert len(server.recipients) == 40
    actions = db.session.execute(
        select(Event.action, func.count())
        .where(Event.subject == "mail_lane")
        .group_by(Event.action)
    )
    assert sorted(actions.all()) == [("mail_lane.opened", 1), ("mail_lane.stopped", 1)]


@pytest.mark.own_database
@pytest.mark.parametrize(
    ("point", "mended"),
    [
        ("petition.notifications.refusals.stop_lane", False),
        ("petition.notifications.mail_handover._send", True),
        ("petition.dispatch.lanes.open_lane", True),
        ("petition.notifications.requeueing.revive", True),
    ],
)
def test_workers_killed_at_any_moment_lose_nobody(
    enter: Enter, make_later: Later, environment: dict[str, str], point: str, mended: bool
) -> None:
    server = Refusing("rcpt", "550 rejected")
    with refusing_server(server) as address:
        enter(address)
        sign_many(make_slug())
        if mended:
            work()
            lane = read_lane()
            assert lane.is_stopped
            lane.probe_at = lane.stopped_at  # that process lives in the present
            db.session.commit()
            server.mend()
        run_victim = run_forked if mended else run_started
        mailing = {"PETITION_SMTP_URL": f"smtp://{address}?timeout=5"}
        killed = run_victim(["-c", VICTIM, point], environment | mailing)
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
        server.mend()
        make_later(BATCH_LEASE + LONGEST_PAUSE)
        work()
        make_later(BATCH_LEASE + PROBE_EACH)
        work()

    assert len(set(server.recipients)) == 8
    db.session.expire_all()
    assert db.session.scalars(select(Signature.unreachable_at)).all() == [None] * 8
    assert None not in db.session.scalars(select(Signature.mailed_at)).all()
