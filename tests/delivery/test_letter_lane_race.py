"""The lane of letters and many workers: they keep its rules together, and killed none is lost."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.delivery.send import deliver
from petition.dispatch.lanes import LONGEST_PAUSE, MANY_OF_ONE_CAUSE
from petition.models import Delivery, DeliveryState
from tests.delivery.conftest import Ready, build_ready
from tests.delivery.letter_engine import find_due
from tests.delivery.test_letter_lane import (
    LETTERS,
    count_events,
    count_states,
    enter_with,
    fail,
    find_offices,
    is_stopped,
    read_lane,
    work,
)
from tests.forked import run_forked, run_started
from tests.mail.balking import Balking, read_recipients
from tests.mail.servers import RoughServer

WORKERS = 6
ROUNDS = 5
Enter = Callable[..., Flask]
Later = Callable[[timedelta], None]
# Ends itself the hard way where it is about to do what is named.
VICTIM = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from petition import create_app
from petition.delivery.letter_kind import LETTERS
from petition.delivery.send import deliver
module, _, name = sys.argv[1].rpartition(".")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(import_module(module), name, die)
with create_app().app_context():
    while due := LETTERS.find_due():
        for delivery_id in due:
            deliver(delivery_id, lambda sha256: Path(sys.argv[2], sha256).read_bytes())
"""


def work_at_once(app: Flask, ready: Ready) -> None:
    """Let many workers do all that is due, all at once."""

    def work_once(number: int) -> None:
        with app.app_context():
            for delivery_id in ready.delivery_ids[number:] + ready.delivery_ids[:number]:
                deliver(delivery_id, ready.read_letter)
            while due := find_due():
                for delivery_id in due:
                    deliver(delivery_id, ready.read_letter)
            db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work_once, range(WORKERS)))
    db.session.rollback()


def test_many_workers_at_once_try_one_letter_of_a_stopped_lane(
    make_app: Callable[..., Flask], make_later: Later
) -> None:
    balking = Balking("mail", "550 5.7.1 Blocked")
    with RoughServer(balking) as server:
        app = make_app(
            PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{server.address}?timeout=5"
        )
        with app.app_context():
            ready = build_ready("email", posts=20)
            work_at_once(app, ready)
            # Each may have had one in hand when it was stopped.
            assert MANY_OF_ONE_CAUSE <= balking.refused < MANY_OF_ONE_CAUSE + WORKERS
            assert is_stopped()
            before = balking.refused
            make_later(timedelta(minutes=1))
            work_at_once(app, ready)
            # One, or none where the turn went to a letter that another worker was just settling.
            assert balking.refused - before in (0, 1)
            balking.mend()
            for _ in range(ROUNDS):
                make_later(LONGEST_PAUSE)
                work_at_once(app, ready)
                if count_states() == {"accepted": 20}:
                    break

            assert count_states() == {"accepted": 20}
            assert read_recipients(server.kept) == find_offices(ready)
            assert count_events("mail_lane.stopped") == count_events("mail_lane.opened") == 1
            db.session.remove()


@pytest.mark.own_database
@pytest.mark.parametrize(
    ("point", "mended"),
    [
        ("petition.dispatch.lane_rulings.stop_lane", False),
        ("petition.dispatch.engine.hand_over", True),
        ("petition.dispatch.lanes.open_lane", True),
        ("petition.delivery.requeue._revive", True),
    ],
)
def test_a_worker_killed_at_any_moment_loses_no_letter_and_sends_none_twice(
    enter: Enter,
    make_later: Later,
    environment: dict[str, str],
    tmp_path: Path,
    point: str,
    mended: bool,
) -> None:
    balking = Balking("rcpt", "550 5.7.1 Blocked")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=LETTERS)
        for sha256, pdf in ready.pdfs.items():
            (tmp_path / sha256).write_bytes(pdf)
        fail(ready.delivery_ids[-1], "550 5.7.1 at mail")
        if mended:
            work(ready)
            lane = read_lane()
            assert lane is not None and lane.is_stopped
            lane.probe_at = lane.stopped_at  # that process lives in the present
            db.session.commit()
            balking.mend()
        run_victim = run_forked if mended else run_started
        mailing = {
            "PETITION_CHANNEL": "email",
            "PETITION_SMTP_URL": f"smtp://relay:secret@{server.address}?timeout=5",
        }
        killed = run_victim(["-c", VICTIM, point, str(tmp_path)], environment | mailing)
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
        if not mended:
            work(ready)
            make_later(timedelta(hours=1))
            work(ready)
            balking.mend()
        for _ in range(3):
            make_later(LONGEST_PAUSE)
            work(ready)

    # The one that was taken before it could be written down may have arrived: a person decides.
    unknown = 1 if point.endswith("open_lane") else 0
    states = count_states()
    assert states[DeliveryState.UNKNOWN] == unknown
    assert states[DeliveryState.ACCEPTED] == LETTERS - unknown
    assert len(server.kept) == len(set(read_recipients(server.kept))) == LETTERS
    assert not db.session.scalars(select(Delivery.id).where(Delivery.state == "failed")).all()
