"""What is due, and what becomes of attempts whose worker is gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.models import DeliveryState
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import claim, find_due, mark_handover, recover_expired


def test_rendered_and_waiting_deliveries_are_due_oldest_first(ready: Ready) -> None:
    later = build_ready(posts=2)
    deliver(later.delivery_ids[0], later.read_letter)
    make_due(later.delivery_ids[1])
    make_due(ready.delivery_id)

    assert find_due() == [later.delivery_ids[1], ready.delivery_id]
    assert find_due(limit=1) == [later.delivery_ids[1]]


def test_a_lease_that_runs_is_left_alone(ready: Ready) -> None:
    claim(ready.delivery_id)

    assert recover_expired() == 0
    assert find_due() == []
    assert recover_expired(utcnow() + timedelta(hours=1)) == 1


def test_a_lost_worker_before_handover_is_tried_again_at_once(ready: Ready) -> None:
    claim(ready.delivery_id)
    make_due(ready.delivery_id)

    assert recover_expired() == 1

    assert find_due() == [ready.delivery_id]
    assert get_delivery(ready.delivery_id).attempts[0].outcome == "retry_wait"
    assert read_log(ready.delivery_id)[-1].action == "delivery.expired"


def test_a_lost_worker_after_handover_leaves_an_unknown(ready: Ready) -> None:
    mailed = build_ready("email")
    for delivery_id in (ready.delivery_id, mailed.delivery_id):
        claimed = claim(delivery_id)
        assert claimed is not None
        mark_handover(claimed, "0" * 64)
        make_due(delivery_id)

    assert recover_expired() == 2

    assert get_state(mailed.delivery_id) is DeliveryState.UNKNOWN
    assert get_row(mailed.delivery_id).settled_at is not None
    assert get_state(ready.delivery_id) is DeliveryState.RETRY_WAIT  # the outbox tells a repeat


def test_a_letter_that_kills_its_workers_is_given_up(ready: Ready) -> None:
    for _ in range(10):
        assert claim(ready.delivery_id) is not None
        make_due(ready.delivery_id)
        recover_expired()

    assert get_state(ready.delivery_id) is DeliveryState.FAILED
    assert get_row(ready.delivery_id).reason == "given up: worker lost"


def test_several_at_once_recover_each_attempt_once(app: Flask) -> None:
    with app.app_context():
        ready = build_ready(posts=6)
        for delivery_id in ready.delivery_ids:
            claim(delivery_id)
            make_due(delivery_id)
        db.session.remove()

    def recover(_: int) -> int:
        with app.app_context():
            return recover_expired()

    with ThreadPoolExecutor(4) as pool:
        recovered = list(pool.map(recover, range(4)))

    assert sum(recovered) == 6
