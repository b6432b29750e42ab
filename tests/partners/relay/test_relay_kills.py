"""A worker that is really killed while it hands a message over."""

import os
import signal
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.dispatch.recovery import recover_expired
from petition.models import RelaySend
from petition.notifications.relayed.relay_kind import RELAY
from petition.partners.relay.sending import finish_messages
from tests.dispatch.conftest import mail_to
from tests.forked import Forked
from tests.mail import servers
from tests.mail.servers import RoughServer
from tests.partners.relay.world import (
    make_all_due,
    make_world,
    read_message,
    read_states,
    send_all,
)


@pytest.mark.faults
@pytest.mark.own_database
def test_a_worker_killed_after_the_handover_leaves_it_unknown_and_sends_no_second(
    make_app: Callable[..., Flask], environment: dict[str, str]
) -> None:
    with RoughServer(*[servers.accept] * 4) as server:
        app = make_app(**mail_to(server.address))
        with app.app_context():
            message_id = make_world(people=2).start()
            (first, _) = db.session.scalars(select(RelaySend.id).order_by(RelaySend.id)).all()
            db.session.remove()
            kill_a_sender(os.environ | environment | mail_to(server.address), first)
            make_all_due()
            assert recover_expired(RELAY) == 1
            send_all()
            finish_messages()

            assert read_states(message_id) == ["unknown", "accepted"]
            assert read_message(message_id).state == "done"
            db.session.remove()
        assert len(server.kept) == 1


def kill_a_sender(environment: dict[str, str], row_id: int) -> None:
    """Kill a process that sends a row where it stands still."""
    reading, writing = os.pipe()
    command = ["-m", "tests.partners.relay.relay_sender", str(row_id)]
    with open(reading) as said, open(writing, "wb") as output:
        process = Forked(command, environment, output)
        output.close()
        assert any(line.strip() == "handover" for line in said)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
