"""``petition deliveries``: the log at the command line, and the decisions."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.core.queues import Stage, get_queues
from petition.models import DeliveryState, Event
from tests.cli.runner import read_error, run
from tests.web.staff_world import get_state, make_delivery, set_state

BAD = (DeliveryState.FAILED, "550 at rcpt")
LOST = (DeliveryState.UNKNOWN, "dropped at answer")


def count_jobs(app: Flask) -> int:
    with app.app_context():
        return get_queues().queue(Stage.DELIVER).count


def test_an_empty_log_says_so(app: Flask) -> None:
    result = run(app, "deliveries", "list")

    assert result.exit_code == 0
    assert "No delivery matches." in result.output


def test_the_list_shows_states_and_counts(app: Flask) -> None:
    make_delivery(app)
    failed = make_delivery(app, send=False)
    set_state(app, failed, *BAD)

    every = run(app, "deliveries", "list").output
    only = run(app, "deliveries", "list", "--state", "failed", "--state", "unknown").output

    assert "accepted" in every and "failed" in every
    assert "2 listed. In all: 1 accepted, 1 failed." in every
    assert "accepted" not in only.partition("listed")[0] and "550 at rcpt" in only
    assert "1 listed." in only


def test_the_list_goes_on_where_a_page_ended(app: Flask) -> None:
    ids = {make_delivery(app), make_delivery(app)}

    first = json.loads(run(app, "deliveries", "list", "--json", "--size", "1").output)
    second = json.loads(run(app, "deliveries", "list", "--json", "--after", first["after"]).output)
    wrong = run(app, "deliveries", "list", "--after", "page 2")

    assert {row["id"] for page in (first, second) for row in page["deliveries"]} == ids
    assert second["after"] is None
    assert wrong.exit_code == 2 and "is not the end of a page" in wrong.output


def test_the_list_is_also_for_programs(app: Flask) -> None:
    delivery = make_delivery(app)

    found = json.loads(run(app, "deliveries", "list", "--json", "--size", "1").output)

    assert (found["after"], found["size"]) == (None, 1)
    (row,) = found["deliveries"]
    assert (row["id"], row["state"], row["attempt"]) == (delivery, "accepted", 1)
    assert len(row["sha256"]) == 64


def test_one_delivery_is_shown_with_its_log(app: Flask) -> None:
    delivery = make_delivery(app)

    text = run(app, "deliveries", "show", str(delivery)).output
    found = json.loads(run(app, "deliveries", "show", str(delivery), "--json").output)

    actions = [event["action"] for event in found["log"]]
    assert actions[0] == "milestone.reached"
    assert actions[-1] == "delivery.accepted"
    assert [attempt["outcome"] for attempt in found["attempts"]] == ["accepted"]
    assert found["message_id"] in text
    assert all(action in text for action in actions)


@pytest.mark.parametrize("command", [("show",), ("retry",), ("cancel", "--why", "x", "--yes")])
def test_a_delivery_that_never_was_is_exit_code_1(app: Flask, command: tuple[str, ...]) -> None:
    name, *options = command

    result = run(app, "deliveries", name, "999", *options)

    assert result.exit_code == 1
    assert "no such delivery" in read_error(result)


def test_a_failed_delivery_is_tried_again(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *BAD)

    result = run(app, "deliveries", "retry", str(delivery), "--why", "new address")

    assert result.exit_code == 0
    assert get_state(app, delivery) == "retry_wait"
    assert count_jobs(app) == 1
    with app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        assert (event.actor, event.action) == ("cli", "delivery.retried")
        assert event.detail == {"was": "failed", "why": "new address"}


def test_an_unknown_delivery_is_not_tried_again(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)

    result = run(app, "deliveries", "retry", str(delivery))

    assert result.exit_code == 1
    assert "This letter may or may not have arrived" in result.output
    assert get_state(app, delivery) == "unknown"


@pytest.mark.parametrize(
    ("outcome", "state", "jobs"), [("sent", "accepted", 0), ("not-sent", "retry_wait", 1)]
)
def test_an_unknown_delivery_is_resolved(app: Flask, outcome: str, state: str, jobs: int) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)

    result = run(
        app, "deliveries", "resolve", str(delivery), "--as", outcome, "--why", "their clerk said so"
    )

    assert result.exit_code == 0
    assert get_state(app, delivery) == state
    assert count_jobs(app) == jobs


@pytest.mark.parametrize(
    "options",
    [
        ("--as", "sent"),
        ("--why", "x"),
        ("--as", "maybe", "--why", "x"),
        ("--as", "sent", "--why", " "),
    ],
)
def test_a_resolution_needs_its_outcome_and_its_reason(
    app: Flask, options: tuple[str, ...]
) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *LOST)

    result = run(app, "deliveries", "resolve", str(delivery), *options)

    assert result.exit_code == 2
    assert get_state(app, delivery) == "unknown"


def test_cancelling_asks_once(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    command = ("deliveries", "cancel", str(delivery), "--why", "moved")

    refused = run(app, *command, typed="n\n")
    before = get_state(app, delivery)
    agreed = run(app, *command, typed="y\n")
    again = run(app, *command, "--yes")

    assert refused.exit_code == 1 and before == "rendered"
    assert "cannot be undone" in refused.output
    assert agreed.exit_code == 0 and get_state(app, delivery) == "cancelled"
    assert again.exit_code == 1 and "cannot be cancelled" in again.output


@pytest.mark.parametrize(
    "command",
    [
        ("retry",),
        ("resolve", "--as", "sent", "--why", "x"),
        ("cancel", "--why", "x"),
    ],
)
def test_a_dry_run_says_what_and_does_nothing(app: Flask, command: tuple[str, ...]) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *(LOST if command[0] == "resolve" else BAD))
    before = get_state(app, delivery)

    result = run(app, "deliveries", command[0], str(delivery), *command[1:], "--dry-run")

    assert result.exit_code == 0
    assert "would be" in result.output
    assert get_state(app, delivery) == before
    assert count_jobs(app) == 0


def test_one_is_held_and_released(app: Flask) -> None:
    delivery = make_delivery(app, send=False)

    without = run(app, "deliveries", "hold", str(delivery))
    would = run(app, "deliveries", "hold", str(delivery), "--why", "wait", "--dry-run")
    held = run(app, "deliveries", "hold", str(delivery), "--why", "wait")
    shown = run(app, "deliveries", "show", str(delivery)).output
    again = run(app, "deliveries", "hold", str(delivery), "--why", "wait")
    released = run(app, "deliveries", "release", str(delivery), "--why", "it is right")
    twice = run(app, "deliveries", "release", str(delivery))

    assert without.exit_code == 2 and "would be held until it is released" in would.output
    assert held.exit_code == 0 and f"Delivery {delivery} is held." in held.output
    assert "held-by-staff" in shown and "What you can do: release, cancel" in shown
    assert again.exit_code == 1 and "that is held cannot be held" in again.output
    assert released.exit_code == 0 and get_state(app, delivery) == "queued"
    assert twice.exit_code == 1 and "nothing to release" in twice.output


def test_a_failed_one_is_sent_by_another_channel(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SMTP_URL="smtp://127.0.0.1:9?timeout=1")
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, *BAD)

    wrong = run(app, "deliveries", "send-by", str(delivery), "outbox", "--why", "paper")
    sent = run(app, "deliveries", "send-by", str(delivery), "email", "--why", "they asked")
    again = run(app, "deliveries", "send-by", str(delivery), "email", "--why", "they asked")

    assert wrong.exit_code == 2
    assert sent.exit_code == 0 and "is planned by email as delivery" in sent.output
    assert again.exit_code == 1 and get_state(app, delivery) == "cancelled"
