"""Workers that race, and one that is really killed in the middle of a hand-over."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from socket import socket

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, transaction
from petition.dispatch.engine import send_due
from petition.dispatch.recovery import recover_expired
from petition.models import WebhookAttempt, WebhookDelivery
from petition.partners.webhooks.planning import plan_deliveries
from petition.partners.webhooks.webhook_kind import AT_ONCE, WEBHOOKS
from tests.core.callbacks.receiver import Receiver, answer
from tests.forked import Forked
from tests.partners.webhooks.world import (
    HOOKED,
    make_all_due,
    make_world,
    read_rows,
    read_states,
    send_all,
)

WORKERS = 8
EVENTS = 24
LONGEST_SECONDS = 60.0


@pytest.mark.own_database
def test_eight_workers_make_each_delivery_once_and_send_it_once(
    app: Flask, context: AppContext
) -> None:
    world = make_world()
    under_way, most, lock = 0, 0, threading.Lock()

    def note(spoken: socket) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
        answer(200)(spoken)

    def work(_: int) -> None:
        ends = time.monotonic() + LONGEST_SECONDS
        with app.app_context():
            while time.monotonic() < ends and not is_done():
                try:
                    plan_deliveries()
                    send_due(WEBHOOKS, limit=3)
                except DatabaseUnavailable:
                    pass
            db.session.remove()

    def is_done() -> bool:
        settled = select(func.count()).where(WebhookDelivery.state == "accepted")
        found = db.session.scalar(settled) or 0
        db.session.rollback()
        return found == EVENTS

    with Receiver(note) as receiver:
        world.hook(receiver.url)
        world.give(EVENTS)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, range(WORKERS)))

    assert read_states() == ["accepted"] * EVENTS
    names = Counter(received.headers["webhook-id"] for received in receiver.received)
    assert len(names) == EVENTS and set(names.values()) == {1}
    assert most <= AT_ONCE
    assert db.session.scalar(select(func.max(WebhookAttempt.number))) == 1


@pytest.mark.faults
@pytest.mark.own_database
def test_a_worker_killed_in_the_hand_over_sends_it_again_under_its_id(
    make_app: Callable[..., Flask], environment: dict[str, str]
) -> None:
    app = make_app(**HOOKED)
    with Receiver(answer(200)) as receiver, app.app_context():
        make = make_world()
        make.hook(receiver.url)
        make.give(2)
        (first, second) = read_rows()
        db.session.remove()

        kill_a_sender(os.environ | environment | HOOKED, first.id)
        assert read_states() == ["sending", "queued"]
        assert recover_expired(WEBHOOKS) == 0  # its lease is still in force
        with transaction() as session:
            sending = WebhookDelivery.state == "sending"
            session.execute(update(WebhookDelivery).where(sending).values(due_at=utcnow()))
        assert recover_expired(WEBHOOKS) == 1
        make_all_due()
        send_all()

        assert read_states() == ["accepted", "accepted"]
        db.session.remove()
    names = [received.headers["webhook-id"] for received in receiver.received]
    assert sorted(names) == sorted([first.name, second.name])


def kill_a_sender(environment: dict[str, str], row_id: int) -> None:
    """Kill a process that sends a row where it stands still."""
    reading, writing = os.pipe()
    command = ["-m", "tests.partners.webhooks.hook_sender", str(row_id)]
    with open(reading) as said, open(writing, "wb") as output:
        process = Forked(command, environment, output)
        output.close()
        assert any(line.strip() == "handover" for line in said)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
