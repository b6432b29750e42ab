"""``petition partners messages``: listed without their text, paused and stopped."""

from flask import Flask
from flask.ctx import AppContext

from tests.partners.relay.world import make_world, read_message


def test_they_are_listed_paused_and_stopped(context: AppContext, app: Flask) -> None:
    message_id = make_world(people=2).start(subject="Secret walk")
    run = app.test_cli_runner().invoke

    listed = run(args=["partners", "messages", "list", "--organization", "riders"])
    assert "riders" in listed.output and "sending" in listed.output
    assert "Secret" not in listed.output
    assert run(args=["partners", "messages", "pause", str(message_id)]).exit_code == 0
    assert read_message(message_id).state == "paused"
    stopped = run(args=["partners", "messages", "stop", str(message_id)])
    assert "2 people are not written to" in stopped.output
    again = run(args=["partners", "messages", "pause", str(message_id)])
    assert again.exit_code == 1 and "not possible any more" in again.output
    assert "There is no message" in run(args=["partners", "messages", "stop", "99"]).output
    none = run(args=["partners", "messages", "list", "--organization", "nobody"])
    assert none.exit_code == 1
