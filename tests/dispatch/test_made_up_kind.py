"""The engine on a kind that the service does not have: all that it does for letters, it does here.

One model, one kind (postcards.py), one line in the registry (``registered``).
"""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from petition.core.errors import ClaimLost
from petition.core.extensions import db
from petition.core.queues import Stage, get_queues
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.claims import claim, mark_handover
from petition.dispatch.engine import send, send_due
from petition.dispatch.lanes import MANY_OF_ONE_CAUSE, find_lane
from petition.dispatch.recovery import recover_expired
from petition.dispatch.settlement import settle
from petition.models import Event, LaneName, Phase
from petition.models.states import OutgoingState
from tests.dispatch.conftest import Enter, mail_to
from tests.dispatch.postcards import (
    POSTCARDS,
    Postcard,
    PostcardKind,
    list_attempts,
    make_due,
    read,
    write,
)
from tests.forked import Forked
from tests.mail import servers
from tests.mail.balking import Balking, read_recipients
from tests.mail.servers import RoughServer, Talk
from workers import jobs, outgoing, pipeline
from workers.reconcile import reconcile

WORKERS = 6
PATIENCE = 60

# Its tables are no others' of the same process.
pytestmark = pytest.mark.own_database


def list_actions(card_id: int) -> list[str]:
    told = select(Event.action).where(Event.subject == "postcard", Event.subject_id == card_id)
    return list(db.session.scalars(told.order_by(Event.id)))


def test_it_goes_once_and_its_rows_say_how(enter: Enter) -> None:
    with RoughServer(*[servers.accept] * 3) as server:
        enter(server.address)
        (card_id,) = write("lowell")
        assert send(POSTCARDS, card_id) is OutgoingState.ACCEPTED
        assert send(POSTCARDS, card_id) is None

    card = read(card_id)
    assert (card.state, card.attempt, card.due_at, card.reason) == ("accepted", 1, None, None)
    assert card.settled_at is not None
    assert list_attempts(card_id) == [(Phase.HANDOVER, "accepted", "250")]
    assert list_actions(card_id) == [
        f"postcard.{what}" for what in ("claimed", "handover", "accepted")
    ]
    assert read_recipients(server.kept) == ["lowell@townhall.example"]


@pytest.mark.parametrize(
    ("behaviour", "state", "reason"),
    [
        (Balking("rcpt", "451 4.3.0 Later"), OutgoingState.RETRY_WAIT, "451 4.3.0 at rcpt"),
        (Balking("rcpt", "550 5.1.1 No such user"), OutgoingState.FAILED, "550 5.1.1 at rcpt"),
        (servers.drop_after_dot, OutgoingState.UNKNOWN, "dropped at answer"),
        (servers.drop_mid_data, OutgoingState.RETRY_WAIT, None),
    ],
    ids=["refused for now", "refused for good", "no answer", "dropped before the last dot"],
)
def test_how_it_ended_decides_what_becomes_of_it(
    behaviour: Callable[[Talk], None], state: OutgoingState, reason: str | None, enter: Enter
) -> None:
    with RoughServer(behaviour, servers.accept) as server:
        enter(server.address)
        (card_id,) = write("lowell")
        assert send(POSTCARDS, card_id) is state
        card = read(card_id)
        assert reason is None or card.reason == reason
        assert (card.due_at is not None) is (state is OutgoingState.RETRY_WAIT)
        make_due(card_id)
        again = send(POSTCARDS, card_id)

    assert again == (OutgoingState.ACCEPTED if state is OutgoingState.RETRY_WAIT else None)


def test_it_is_given_up_after_as_many_attempts_as_the_settings_allow(enter: Enter) -> None:
    with RoughServer(*[Balking("rcpt", "452 4.2.2 Mailbox full")] * 5) as server:
        enter(server.address)
        (card_id,) = write("lowell")
        ended = []
        for _ in range(4):
            ended.append(send(POSTCARDS, card_id))
            make_due(card_id)

    assert ended == [OutgoingState.RETRY_WAIT, OutgoingState.RETRY_WAIT, OutgoingState.FAILED, None]
    assert (read(card_id).reason or "").startswith("given up: ")


def test_of_many_workers_one_claims_it(enter: Enter) -> None:
    with RoughServer() as server:
        app = enter(server.address)
        for _ in range(5):
            (card_id,) = write("lowell")
            start = threading.Barrier(WORKERS)

            def race(card_id: int = card_id, start: threading.Barrier = start) -> bool:
                with app.app_context():
                    start.wait()
                    found = claim(POSTCARDS, card_id)
                    db.session.remove()
                    return found is not None

            with ThreadPoolExecutor(WORKERS) as pool:
                claims = [job.result() for job in [pool.submit(race) for _ in range(WORKERS)]]
            assert sum(claims) == 1
            assert len(list_attempts(card_id)) == 1


def test_whoever_lost_the_lease_hands_nothing_over_and_changes_nothing(enter: Enter) -> None:
    with RoughServer() as server:
        enter(server.address)
        (card_id,) = write("lowell")
        old = claim(POSTCARDS, card_id)
        assert old is not None
        make_due(card_id)
        assert recover_expired(POSTCARDS) == 1
        new = claim(POSTCARDS, card_id)
        assert new is not None

        with pytest.raises(ClaimLost):
            mark_handover(POSTCARDS, old, "0" * 64)
        assert settle(POSTCARDS, old, OutgoingState.ACCEPTED, AttemptEnd("250")) is None

    card = read(card_id)
    assert (card.state, card.attempt, new.attempt) == ("sending", 2, 2)
    assert list_actions(card_id)[-1] == "postcard.late"


def test_a_server_that_refuses_many_stops_the_lane_and_none_is_given_up(enter: Enter) -> None:
    balking = Balking("mail", "550 5.7.1 Our records say that you are blocked")
    with RoughServer(balking) as server:
        enter(server.address)
        card_ids = write(*[f"town{number}" for number in range(MANY_OF_ONE_CAUSE + 3)])
        while send_due(POSTCARDS):
            pass
        db.session.rollback()
        lane = find_lane(db.session(), LaneName.LETTERS)
        assert lane is not None
        assert lane.is_stopped
        states = {read(card_id).state for card_id in card_ids}
        assert states <= {OutgoingState.QUEUED, OutgoingState.RETRY_WAIT}


@pytest.mark.faults
@pytest.mark.parametrize(
    ("point", "state", "copies"),
    [
        ("", OutgoingState.RETRY_WAIT, 1),
        ("handover", OutgoingState.UNKNOWN, 0),
        ("answer", OutgoingState.UNKNOWN, 1),
    ],
    ids=["before the hand-over", "right after it", "after the answer"],
)
def test_killed_at_each_point_it_goes_once_or_is_unknown(
    point: str,
    state: OutgoingState,
    copies: int,
    enter: Enter,
    environment: dict[str, str],
    rounds: int,
) -> None:
    for _ in range(rounds):
        reached = threading.Event()

        def hear_the_recipient(talk: Talk, reached: threading.Event = reached) -> None:
            talk.greet()
            while not talk.hear().upper().startswith("RCPT"):
                talk.say("250 OK")
            reached.set()
            talk.wait_for_end()

        first = servers.accept if point else hear_the_recipient
        with RoughServer(first, servers.accept) as server:
            enter(server.address)
            (card_id,) = write("lowell")
            kill_a_sender(environment | mail_to(server.address), card_id, point, reached)
            assert read(card_id).state == OutgoingState.SENDING
            assert recover_expired(POSTCARDS) == 0  # its lease still runs
            make_due(card_id)
            assert recover_expired(POSTCARDS) == 1
            assert read(card_id).state == state
            send(POSTCARDS, card_id)
            assert len(server.kept) == copies


def kill_a_sender(
    environment: dict[str, str], card_id: int, point: str, reached: threading.Event
) -> None:
    """Kill a process that sends the postcard where it stands still."""
    reading, writing = os.pipe()
    with open(reading) as said, open(writing, "wb") as output:
        command = ["-m", "tests.dispatch.sender", str(card_id), *([point] if point else [])]
        process = Forked(command, os.environ | environment, output)
        output.close()
        if point:
            assert any(line.strip() == point for line in said)
        else:
            assert reached.wait(PATIENCE)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)


def test_workers_send_what_is_registered(
    enter: Enter, registered: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with RoughServer(*[servers.accept] * 5) as server:
        app = enter(server.address)
        jobs.get_app.cache_clear()
        monkeypatch.setattr(jobs, "create_app", lambda: app)
        card_ids = write("lowell", "salem", "quincy")
        woken = reconcile()
        standing = get_queues().count_standing(Stage.DISPATCH)
        pipeline.dispatch_job()
        jobs.get_app.cache_clear()

        assert (woken.dispatch, woken.failed, standing) == (1, 0, 1)
        assert {read(card_id).state for card_id in card_ids} == {OutgoingState.ACCEPTED}
        assert len(server.kept) == 3


def test_what_a_killed_worker_left_is_recovered_by_the_reconciler(
    enter: Enter, registered: None, make_later: Callable[[timedelta], None]
) -> None:
    with RoughServer() as server:
        enter(server.address)
        (card_id,) = write("lowell")
        assert claim(POSTCARDS, card_id) is not None
        make_later(timedelta(minutes=10))
        assert reconcile().expired == 1
        assert read(card_id).state == OutgoingState.RETRY_WAIT


def test_a_kind_that_cannot_be_recovered_does_not_keep_the_others(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, make_later: Callable[[timedelta], None]
) -> None:
    class Broken(PostcardKind):
        def is_repeatable(self, row: Postcard) -> bool:
            raise ZeroDivisionError

    with RoughServer() as server:
        enter(server.address)
        monkeypatch.setattr(outgoing, "KINDS", (Broken(), POSTCARDS))
        (card_id,) = write("lowell")
        claimed = claim(POSTCARDS, card_id)
        assert claimed is not None
        mark_handover(POSTCARDS, claimed, "0" * 64)
        make_later(timedelta(minutes=10))
        assert reconcile().failed == 1
        assert read(card_id).state == OutgoingState.UNKNOWN
