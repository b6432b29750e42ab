"""Workers, a reconciler and staff at once, with leases that run out during a hand-over."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import (
    ChannelRefused,
    ChannelUnavailable,
    DatabaseUnavailable,
    OutcomeUnknown,
)
from petition.core.extensions import db, transaction
from petition.dispatch.engine import send_due
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, Receipt
from petition.dispatch.recovery import recover_expired
from petition.dispatch.state_changes import change_state
from petition.models.states import OutgoingState
from tests.dispatch.conftest import Enter
from tests.dispatch.postcards import Postcard, PostcardAttempt, PostcardKind, write

# Its tables are no others' of the same process.
pytestmark = pytest.mark.own_database

CARDS = 40
WORKERS = 5
LEASE_SECONDS = 1.0
LONGEST_SECONDS = 60.0
UNSETTLED = (OutgoingState.QUEUED, OutgoingState.SENDING, OutgoingState.RETRY_WAIT)
ENDS = ("taken", "taken", "no answer", "refused", "refused for good", "lost before", "lost after")


class RoughKind(PostcardKind):
    """A town hall that by chance is slow, refuses or says nothing; ``arrived``: what it took."""

    lane = None

    def __init__(self, seed: int) -> None:
        self.arrived: Counter[int] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
        with self._lock:
            end, slow = self._random.choice(ENDS), self._random.random() < 0.4
            pauses = [self._random.uniform(0, 0.05) for _ in range(2)]
            if slow:  # outlives its lease, before the hand-over or after it
                pauses[self._random.randrange(2)] = LEASE_SECONDS + self._random.uniform(-0.1, 1.5)
        time.sleep(pauses[0])
        if end == "lost before":
            raise ZeroDivisionError
        handover.begin()
        if end == "refused":
            raise ChannelUnavailable("busy", about="recipient")
        if end == "refused for good":
            raise ChannelRefused("unknown town")
        with self._lock:
            self.arrived[claimed.row_id] += 1
        time.sleep(pauses[1])
        if end == "lost after":
            raise ZeroDivisionError
        if end == "no answer":
            raise OutcomeUnknown("no answer")
        return Receipt("taken")


def count_unsettled() -> int:
    waiting = select(func.count()).where(Postcard.state.in_(UNSETTLED))
    found = db.session.scalar(waiting) or 0
    db.session.rollback()
    return found


def cancel_some(seed: int) -> None:
    """What staff do: cancel one that waits, by what they last saw of it."""
    waiting = (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT)
    rows = db.session.execute(
        select(Postcard.id, Postcard.attempt, Postcard.state).where(Postcard.state.in_(waiting))
    ).all()
    db.session.rollback()
    if not rows:
        return
    row = random.Random(seed).choice(rows)
    time.sleep(0.02)
    kind, new = PostcardKind, OutgoingState.CANCELLED
    with transaction() as session:
        change_state(
            session,
            Postcard,
            kind.transitions,
            row.id,
            row.attempt,
            row.state,
            new,
            utcnow(),
            due_at=None,
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_goes_twice_and_nothing_is_lost(seed: int, enter: Enter) -> None:
    app = enter(
        "127.0.0.1:9",
        PETITION_LEASE_SECONDS=str(LEASE_SECONDS),
        PETITION_RETRY_BASE_SECONDS="1",
    )
    kind = RoughKind(seed)
    card_ids = write(*[f"town{number}" for number in range(CARDS)])
    ends = time.monotonic() + LONGEST_SECONDS

    def keep_on(app: Flask, step: object, each: float) -> None:
        assert callable(step)
        while time.monotonic() < ends:
            with app.app_context():
                try:
                    step()
                    if not count_unsettled():
                        return
                except DatabaseUnavailable:
                    pass
                finally:
                    db.session.remove()
            time.sleep(each)

    steps = [
        *[(lambda: send_due(kind, 5), 0.01)] * WORKERS,
        *[(lambda: recover_expired(kind), 0.05)] * 2,
        (lambda: cancel_some(seed), 0.4),
    ]
    with ThreadPoolExecutor(len(steps)) as pool:
        for job in [pool.submit(keep_on, app, *step) for step in steps]:
            job.result()

    db.session.rollback()
    cards = db.session.scalars(select(Postcard).where(Postcard.id.in_(card_ids))).all()
    states = {card.id: OutgoingState(card.state) for card in cards}
    assert len(states) == CARDS
    assert not [id for id, state in states.items() if state in UNSETTLED]
    assert max(kind.arrived.values()) == 1
    for id, state in states.items():
        told = {OutgoingState.ACCEPTED: {1}, OutgoingState.UNKNOWN: {0, 1}}.get(state, {0})
        assert kind.arrived[id] in told, (id, state)
    attempt = PostcardAttempt
    written = select(attempt.postcard_id, func.count()).group_by(attempt.postcard_id)
    counted = {id: count for id, count in db.session.execute(written)}
    assert {card.id: card.attempt for card in cards if card.attempt} == counted
    assert {*states.values()} >= {OutgoingState.ACCEPTED, OutgoingState.UNKNOWN}
