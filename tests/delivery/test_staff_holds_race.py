"""Staff hold and release while workers send: each letter goes once, and none while it is held."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes

from flask import Flask
from sqlalchemy import select

from petition.core.errors import UserError
from petition.core.extensions import db
from petition.delivery.held_deliveries import release_held
from petition.delivery.log.delivery_log import read_log
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import retry
from petition.delivery.staff_holds import hold_delivery, release_delivery
from petition.models import Delivery, DeliveryState
from tests.delivery.conftest import Ready, build_ready, get_row
from tests.delivery.test_staff_holds import STAFF, give_letters
from tests.mail.servers import Answers, polite_server

WORKERS = 8
TURNS = 25


def test_holds_and_releases_at_once_with_workers_send_each_letter_once(
    make_app: Callable[..., Flask],
) -> None:
    # Five letters refused with one code would stop the lane.
    answers = Answers(rcpt=["450 4.2.0 Later"] * 4, data=["451 4.3.0 Later"] * 4)
    with polite_server(answers) as address:
        app = make_app(
            PETITION_CHANNEL="email",
            PETITION_SMTP_URL=f"smtp://{address}",
            PETITION_MAX_ATTEMPTS="100",
        )
        with app.app_context():
            ready = build_ready("email", posts=6)
            db.session.remove()
        start = threading.Barrier(WORKERS)

        def act(seed: int) -> Counter[str]:
            chance, done = random.Random(seed), Counter[str]()
            with app.app_context():
                start.wait()
                for _ in range(TURNS):
                    delivery_id = chance.choice(ready.delivery_ids)
                    which = chance.choice(["send", "send", "hold", "release", "retry", "system"])
                    done[which] += take_turn(ready, which, delivery_id)
                db.session.remove()
            return done

        with ThreadPoolExecutor(WORKERS) as pool:
            done = sum(pool.map(act, range(WORKERS)), Counter())
        with app.app_context():
            finish(ready)
            for delivery_id in ready.delivery_ids:
                check_order([event.action for event in read_log(delivery_id)])
            names = [get_row(delivery_id).message_id for delivery_id in ready.delivery_ids]
            db.session.remove()

    sent = Counter(message_from_bytes(raw)["Message-ID"] for raw in answers.kept)
    assert sent == Counter(names)
    assert done["hold"] >= 3 and done["release"] >= 1


def take_turn(ready: Ready, which: str, delivery_id: int) -> int:
    """Do one act of a race; return whether it was done."""
    try:
        if which == "send":
            return deliver(delivery_id, ready.read_letter) is not None
        if which == "hold":
            hold_delivery(delivery_id, STAFF, "wait")
        elif which == "release":
            release_delivery(delivery_id, STAFF)
        elif which == "retry":
            retry(delivery_id, STAFF)
        else:
            release_held()
            give_letters(ready)
        return 1
    except UserError:
        db.session.rollback()
        return 0


def finish(ready: Ready) -> None:
    """Release what is held, and send what is left."""
    for _ in range(20):
        for delivery_id in ready.delivery_ids:
            take_turn(ready, "release", delivery_id)
            take_turn(ready, "retry", delivery_id)
        give_letters(ready)
        for delivery_id in ready.delivery_ids:
            deliver(delivery_id, ready.read_letter)
        db.session.rollback()
        left = select(Delivery.id).where(Delivery.state != DeliveryState.ACCEPTED)
        if not db.session.scalars(left).all():
            return
    raise AssertionError("not all were sent")


def check_order(actions: list[str]) -> None:
    """Check that between a hold and its release nothing was claimed."""
    held = False
    for action in actions:
        assert not (held and action in ("delivery.claimed", "delivery.handover")), actions
        if action in ("delivery.held_back", "delivery.released"):
            assert held is (action == "delivery.released"), actions
            held = not held
