"""Claims: one worker at a time, and none that comes too late."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.errors import ClaimLost
from petition.core.extensions import db
from petition.delivery import send
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.dispatch.attempts import AttemptEnd
from petition.models import Attempt, DeliveryState, Milestone, Phase
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import LetterClaim, claim, mark_handover, recover_expired, settle
from tests.mail import servers
from tests.mail.servers import RoughServer

WORKERS = 8


def take(ready: Ready) -> LetterClaim:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    return claimed


def test_a_claim_raises_the_attempt_and_sets_a_lease(ready: Ready) -> None:
    claimed = take(ready)

    row = get_row(ready.delivery_id)
    assert (claimed.attempt, row.attempt, row.state) == (1, 1, DeliveryState.SENDING)
    assert row.due_at is not None
    attempt = db.session.get_one(Attempt, (ready.delivery_id, 1))
    assert (attempt.phase, attempt.outcome) == (Phase.CLAIMED, None)
    assert db.session.get_one(Milestone, ready.milestone_id).sealed_at is not None


def test_a_claimed_delivery_is_not_claimed_again(ready: Ready) -> None:
    take(ready)

    assert claim(ready.delivery_id) is None


def test_what_is_not_due_or_not_there_is_not_claimed(ready: Ready) -> None:
    deliver(ready.delivery_id, ready.read_letter)

    assert claim(ready.delivery_id) is None
    assert claim(999_999) is None


def test_one_of_many_racing_workers_gets_the_claim(app: Flask, rounds: int) -> None:
    for _ in range(rounds):
        with app.app_context():
            ready = build_ready()
            db.session.remove()
        start = threading.Barrier(WORKERS)

        def race(ready: Ready = ready, start: threading.Barrier = start) -> LetterClaim | None:
            with app.app_context():
                start.wait()
                return claim(ready.delivery_id)

        with ThreadPoolExecutor(WORKERS) as pool:
            claims = [job.result() for job in [pool.submit(race) for _ in range(WORKERS)]]

        assert sum(found is not None for found in claims) == 1
        with app.app_context():
            assert (
                db.session.scalar(
                    select(func.count())
                    .select_from(Attempt)
                    .where(Attempt.delivery_id == ready.delivery_id)
                )
                == 1
            )


def test_racing_workers_leave_one_copy_in_the_outbox(app: Flask) -> None:
    with app.app_context():
        ready = build_ready(posts=4)
        db.session.remove()

    def work(delivery_id: int) -> DeliveryState | None:
        with app.app_context():
            return deliver(delivery_id, ready.read_letter)

    with ThreadPoolExecutor(WORKERS) as pool:
        states = list(pool.map(work, ready.delivery_ids * WORKERS))

    assert states.count(DeliveryState.ACCEPTED) == 4
    assert states.count(None) == 4 * (WORKERS - 1)


def test_an_old_workers_late_result_changes_nothing_and_is_told(ready: Ready) -> None:
    old = take(ready)
    make_due(ready.delivery_id)
    recover_expired()
    new = take(ready)

    late = settle(old, DeliveryState.FAILED, AttemptEnd("550 at rcpt"))

    row = get_row(ready.delivery_id)
    assert late is None
    assert (row.state, row.attempt, row.reason) == (DeliveryState.SENDING, new.attempt, None)
    assert get_delivery(ready.delivery_id).attempts[1].outcome is None
    told = [event for event in read_log(ready.delivery_id) if event.action == "delivery.late"]
    assert [event.detail["attempt"] for event in told] == [1]


def test_an_old_worker_cannot_hand_over(ready: Ready) -> None:
    old = take(ready)
    make_due(ready.delivery_id)
    recover_expired()
    take(ready)

    with pytest.raises(ClaimLost):
        mark_handover(old, "0" * 64)

    phases = [attempt.phase for attempt in get_delivery(ready.delivery_id).attempts]
    assert phases == [Phase.CLAIMED, Phase.CLAIMED]


def test_a_worker_whose_lease_is_over_cannot_hand_over(ready: Ready) -> None:
    claimed = take(ready)
    make_due(ready.delivery_id)

    with pytest.raises(ClaimLost):
        mark_handover(claimed, "0" * 64)


def test_a_handover_extends_the_lease(ready: Ready) -> None:
    claimed = take(ready)
    before = get_row(ready.delivery_id).due_at

    mark_handover(claimed, "0" * 64)

    after = get_row(ready.delivery_id).due_at
    assert before is not None and after is not None and after > before
    assert get_delivery(ready.delivery_id).attempts[0].phase == Phase.HANDOVER


def test_a_worker_that_lost_its_lease_in_the_body_leaves_no_copy(
    enter: Callable[..., Flask],
) -> None:
    taken_over: list[int] = []

    def lose_the_lease(talk: servers.Talk) -> None:
        talk.lead_to_data()
        with app.app_context():  # while this worker is writing, another finds its lease over
            make_due(ready.delivery_id)
            recover_expired()
            taken_over.append(ready.delivery_id)
            db.session.remove()
        talk.server.kept.append(talk.read_to_dot())

    with RoughServer(lose_the_lease, servers.accept) as server:
        app = enter(
            PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{server.address}?timeout=30"
        )
        # Larger than what the two sockets hold, so that the body is not over before it is read.
        ready = build_ready("email", pdf_size=8_000_000)
        first = deliver(ready.delivery_id, ready.read_letter)
        second = deliver(ready.delivery_id, ready.read_letter)

    assert taken_over
    assert (first, second) == (None, DeliveryState.ACCEPTED)
    assert len(server.kept) == 1


def test_an_error_that_is_not_ours_settles_nothing(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(sha256: str) -> bytes:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        deliver(ready.delivery_id, break_down)

    assert get_state(ready.delivery_id) is DeliveryState.SENDING
    make_due(ready.delivery_id)
    assert recover_expired() == 1
    assert get_state(ready.delivery_id) is DeliveryState.RETRY_WAIT
    assert send.deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
