"""FAULTS 2 at delivery: the delivering process is killed with -9, before the body and after it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from flask import Flask

from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.models import DeliveryState, Phase
from tests.delivery.conftest import Ready, build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import find_due, recover_expired
from tests.forked import Forked
from tests.mail import servers
from tests.mail.servers import RoughServer, Talk

PATIENCE = 60
Enter = Callable[..., Flask]

pytestmark = pytest.mark.faults


class Stop:
    """A behaviour that says how far it has come, and goes no further."""

    def __init__(self, lead: Callable[[Talk], None]) -> None:
        self.reached = threading.Event()
        self._lead = lead

    def __call__(self, talk: Talk) -> None:
        self._lead(talk)
        self.reached.set()
        talk.wait_for_end()


def hear_the_recipient(talk: Talk) -> None:
    """Go as far as RCPT, and leave it without an answer."""
    talk.greet()
    while not talk.hear().upper().startswith("RCPT"):
        talk.say("250 OK")


def read_some_of_the_body(talk: Talk) -> None:
    """Read the beginning of a body that is larger than what the sockets hold."""
    talk.lead_to_data()
    talk.connection.recv(65536)


@contextmanager
def working(
    environment: dict[str, str], ready: Ready, folder: Path, point: str = "", forked: bool = True
) -> Iterator[IO[str]]:
    """Run a process that delivers, and give what it says; it is killed and gone at the end.

    - ``forked``: from one that has imported the service (tests/forked.py); else truly started.
    """
    pdf = folder / "letter.pdf"
    pdf.write_bytes(next(iter(ready.pdfs.values())))
    command = ["-m", "tests.delivery.worker", str(ready.delivery_id), str(pdf)]
    command += [point] if point else []
    surroundings = os.environ | environment
    reading, writing = os.pipe()
    with open(reading) as said, open(writing, "wb") as output:
        process: Forked | subprocess.Popen[bytes]
        if forked:
            process = Forked(command, surroundings, output)
        else:
            started = [sys.executable, *command]
            process = subprocess.Popen(started, env=surroundings, stdout=output)
        output.close()  # what it says ends with it
        try:
            yield said
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)


def mail_to(server: RoughServer) -> dict[str, str]:
    return {
        "PETITION_CHANNEL": "email",
        "PETITION_SMTP_URL": f"smtp://{server.address}?timeout=50",
    }


@pytest.mark.parametrize(
    ("lead", "size"),
    [(hear_the_recipient, 5000), (read_some_of_the_body, 8_000_000)],
    ids=["before the body", "in the body"],
)
def test_killed_before_the_last_dot_the_letter_is_sent_again_and_arrives_once(
    lead: Callable[[Talk], None],
    size: int,
    enter: Enter,
    environment: dict[str, str],
    tmp_path: Path,
    rounds: int,
) -> None:
    for _ in range(rounds):
        stop = Stop(lead)
        with RoughServer(stop, servers.accept) as server:
            enter(**mail_to(server))
            ready = build_ready("email", pdf_size=size)
            with working(environment | mail_to(server), ready, tmp_path):
                assert stop.reached.wait(PATIENCE)
            killed = get_state(ready.delivery_id)
            before = recover_expired()
            make_due(ready.delivery_id)
            after = recover_expired()
            due = find_due()
            again = deliver(ready.delivery_id, ready.read_letter)

        assert (killed, before, after) == (DeliveryState.SENDING, 0, 1)
        assert due == [ready.delivery_id]
        assert again is DeliveryState.ACCEPTED
        assert len(server.kept) == 1
        attempts = get_delivery(ready.delivery_id).attempts
        assert [attempt.phase for attempt in attempts] == [Phase.CLAIMED, Phase.HANDOVER]


def keep(talk: Talk) -> None:
    """Read the message to its last dot, and leave it without an answer."""
    talk.keep()


def keep_and_say_so(talk: Talk) -> None:
    """Read the message and answer."""
    talk.keep()
    talk.say("250 2.0.0 Kept")


@pytest.mark.parametrize(
    ("lead", "point", "copies"),
    [(keep, "handover", 0), (keep, "", 1), (keep_and_say_so, "answer", 1)],
    ids=["before the dot", "after the dot", "after the answer"],
)
def test_killed_after_the_body_the_outcome_is_unknown_and_nothing_is_sent_again(
    lead: Callable[[Talk], None],
    point: str,
    copies: int,
    enter: Enter,
    environment: dict[str, str],
    tmp_path: Path,
    rounds: int,
) -> None:
    for _ in range(rounds):
        stop = Stop(lead)
        with RoughServer(stop) as server:
            enter(**mail_to(server))
            ready = build_ready("email")
            with working(environment | mail_to(server), ready, tmp_path, point) as said:
                if point:
                    assert said.readline().strip() == point
                else:
                    assert stop.reached.wait(PATIENCE)
            make_due(ready.delivery_id)
            recovered = recover_expired()
            due = find_due()
            again = deliver(ready.delivery_id, ready.read_letter)

        assert (recovered, due, again) == (1, [], None)
        row = get_row(ready.delivery_id)
        assert (row.state, row.reason) == (DeliveryState.UNKNOWN, "worker lost after handover")
        assert read_log(ready.delivery_id)[-1].detail["outcome"] == "unknown"
        assert len(server.kept) == copies
        assert server.conversations == 1


def test_killed_after_the_handover_the_outbox_still_gets_one_folder(
    enter: Enter, environment: dict[str, str], tmp_path: Path, rounds: int
) -> None:
    app = enter()
    outbox = app.extensions["hundredth"].outbox_dir
    for _ in range(rounds):
        ready = build_ready()
        with working(environment, ready, tmp_path, "handover") as said:
            assert said.readline().strip() == "handover"
        folder = outbox / str(ready.delivery_id)
        assert not folder.exists()
        make_due(ready.delivery_id)
        assert recover_expired() == 1
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
        assert (folder / "letter.pdf").read_bytes() == next(iter(ready.pdfs.values()))


def test_killed_after_the_rename_the_outbox_keeps_its_folder(
    enter: Enter, environment: dict[str, str], tmp_path: Path, rounds: int
) -> None:
    app = enter()
    outbox = app.extensions["hundredth"].outbox_dir
    for _ in range(rounds):
        ready = build_ready()
        with working(environment, ready, tmp_path, "answer", forked=False) as said:
            assert said.readline().strip() == "answer"
        message = outbox / str(ready.delivery_id) / "message.eml"
        before = message.read_bytes()
        make_due(ready.delivery_id)
        assert recover_expired() == 1
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
        assert message.read_bytes() == before
        assert get_delivery(ready.delivery_id).attempts[1].detail == "there already"
