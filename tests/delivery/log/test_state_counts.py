"""Counts per state and the index of the log are exact, whoever writes, races and is killed."""

import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from petition.core.extensions import db, transaction
from petition.delivery.log.state_counts import count_by_state, fold_counts
from petition.models import Delivery, DeliveryCount, DeliveryIndex, DeliveryState
from petition.models.states import DELIVERY_TRANSITIONS
from tests.delivery.conftest import Ready, build_ready
from tests.forked import Forked

DELIVERIES = 12
WORKERS = 4
CHANGES = 30
# Changes the states of deliveries and folds, again and again, until it is killed.
VICTIM = """
import random, sys
from petition import create_app
from petition.core.extensions import db
from petition.delivery.log.state_counts import fold_counts
from tests.delivery.log.test_state_counts import change_some
chance = random.Random(int(sys.argv[1]))
with create_app().app_context():
    print("ready", flush=True)
    while True:
        change_some(chance, 1)
        if chance.random() < 0.3:
            fold_counts()
        db.session.remove()
"""


def change_some(chance: random.Random, changes: int) -> None:
    """Take deliveries through listed changes, several in a transaction, some rolled back."""
    for _ in range(changes):
        try:
            with transaction() as session:
                ids = list(session.scalars(select(Delivery.id)))
                for delivery_id in sorted(chance.sample(ids, 2)):
                    _change_one(session, chance, delivery_id)
                if chance.random() < 0.2:
                    raise RuntimeError
        except RuntimeError:
            continue
        except OperationalError:
            db.session.rollback()


def _change_one(session: Session, chance: random.Random, delivery_id: int) -> None:
    state = session.scalar(
        select(Delivery.state).where(Delivery.id == delivery_id).with_for_update()
    )
    # What ends a delivery is left out, so that it goes on, and what has no letter.
    ends = (DeliveryState.CANCELLED, DeliveryState.DELIVERED, DeliveryState.QUEUED)
    ends += (DeliveryState.HELD,)
    listed = [new for new in DELIVERY_TRANSITIONS[DeliveryState(state)] if new not in ends]
    if listed:
        session.execute(
            text("UPDATE deliveries SET state = :state, reason = '550 at rcpt' WHERE id = :id"),
            {"state": chance.choice(listed).value, "id": delivery_id},
        )


def read_truth() -> Counter[tuple[int, str]]:
    """Return how many deliveries each campaign has in each state, by the deliveries themselves."""
    rows = db.session.execute(
        text(
            "SELECT m.campaign_id, d.state, count(*) FROM deliveries d"
            " JOIN milestones m ON m.id = d.milestone_id GROUP BY m.campaign_id, d.state"
        )
    )
    return Counter({(campaign, state): number for campaign, state, number in rows})


def read_counts() -> Counter[tuple[int, str]]:
    """Return what the triggers have counted, without zeros."""
    rows = db.session.execute(
        select(
            DeliveryCount.campaign_id, DeliveryCount.state, func.sum(DeliveryCount.number)
        ).group_by(DeliveryCount.campaign_id, DeliveryCount.state)
    )
    return Counter({(campaign, state): int(number) for campaign, state, number in rows if number})


def check() -> None:
    """Compare counts and index with the deliveries."""
    db.session.rollback()
    assert read_counts() == read_truth()
    differing = db.session.scalar(
        select(func.count())
        .select_from(Delivery)
        .outerjoin(DeliveryIndex, DeliveryIndex.id == Delivery.id)
        .where(DeliveryIndex.state.is_distinct_from(Delivery.state))
    )
    assert differing == 0


def test_each_state_is_counted_with_each_change(ready: Ready) -> None:
    build_ready(slug="other", posts=3)
    before = count_by_state()
    with transaction() as session:
        session.execute(text("UPDATE deliveries SET state = 'sending' WHERE id > 1"))
        session.execute(text("UPDATE deliveries SET state = 'failed' WHERE id > 2"))

    check()
    counts = count_by_state()
    assert before[DeliveryState.RENDERED] == 4
    assert counts[DeliveryState.RENDERED] == 1 and counts[DeliveryState.FAILED] == 2
    assert set(counts) == set(DeliveryState)


def test_what_is_rolled_back_is_not_counted(ready: Ready) -> None:
    with pytest.raises(RuntimeError), transaction() as session:
        session.execute(text("UPDATE deliveries SET state = 'sending'"))
        raise RuntimeError

    check()
    assert count_by_state()[DeliveryState.RENDERED] == 1


def test_workers_and_folders_that_race_lose_no_change(app: Flask, context: AppContext) -> None:
    build_ready(posts=DELIVERIES)
    build_ready(slug="other", posts=DELIVERIES)

    def work(seed: int) -> None:
        with app.app_context():
            change_some(random.Random(seed), CHANGES)
            db.session.remove()

    def fold(_: int) -> None:
        with app.app_context():
            for _ in range(CHANGES // 2):
                fold_counts()
                db.session.remove()

    with ThreadPoolExecutor(WORKERS + 2) as pool:
        jobs = [pool.submit(work, seed) for seed in range(WORKERS)]
        jobs += [pool.submit(fold, number) for number in range(2)]
        for job in jobs:
            job.result()

    check()
    while fold_counts():
        pass
    check()
    assert db.session.scalar(select(func.max(DeliveryCount.part))) == 0
    assert sum(count_by_state().values()) == 2 * DELIVERIES


def test_two_workers_of_one_campaign_do_not_wait_for_each_other(
    app: Flask, context: AppContext
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    made = build_ready(posts=2)
    db.session.remove()
    with db.engine.connect() as one, db.engine.connect() as other:
        for connection, order in ((one, "ASC"), (other, "DESC")):
            connection.execute(text("SET lock_timeout = '2s'"))
            # Both take one from `rendered` to `sending`, and neither has committed.
            connection.execute(
                text(
                    "UPDATE deliveries SET state = 'sending' WHERE id = ("  # noqa: S608
                    f"SELECT id FROM deliveries ORDER BY id {order} LIMIT 1)"
                )
            )
        db.session.rollback()
        assert count_by_state()[DeliveryState.RENDERED] == 2
        assert fold_counts() >= 1  # and folding waits for neither
        one.commit()
        other.commit()

    check()
    assert count_by_state()[DeliveryState.SENDING] == len(made.delivery_ids)


@pytest.mark.faults
def test_processes_that_are_killed_leave_exact_counts(
    context: AppContext, environment: dict[str, str], pytestconfig: pytest.Config
) -> None:
    build_ready(posts=DELIVERIES)
    db.session.remove()
    chance = random.Random(17)
    for number in range(pytestconfig.getoption("rounds")):
        victims = [
            Forked(["-c", VICTIM, str(10 * number + worker)], os.environ | environment)
            for worker in range(2)
        ]
        # A little later than they have begun to work.
        time.sleep(2 + chance.random())
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
            victim.wait(timeout=30)
        check()
        fold_counts()
        check()
    rendered = count_by_state()[DeliveryState.RENDERED]
    assert rendered < DELIVERIES  # they have changed something
