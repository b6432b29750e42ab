"""``petition partners messages``: listed without their text, paused and stopped."""

from flask import Flask
from flask.ctx import AppContext

from tests.cli.runner import run
from tests.partners.relay.world import make_world, read_message


def test_they_are_listed_paused_and_stopped(context: AppContext, app: Flask) -> None:
    message_id = make_world(people=2).start(subject="Secret walk")

    listed = run(app, "partners", "messages", "list", "--organization", "riders")
    assert "riders" in listed.output and "sending" in listed.output
    assert "Secret" not in listed.output
    assert run(app, "partners", "messages", "pause", str(message_id)).exit_code == 0
    assert read_message(message_id).state == "paused"
    stopped = run(app, "partners", "messages", "stop", str(message_id))
    assert "2 people are not written to" in stopped.output
    again = run(app, "partners", "messages", "pause", str(message_id))
    assert again.exit_code == 1 and "not possible any more" in again.output
    assert "There is no message" in run(app, "partners", "messages", "stop", "99").output
    none = run(app, "partners", "messages", "list", "--organization", "nobody")
    assert none.exit_code == 1
