"""``petition attention``: what waits for a person, from every source, and nothing else."""

import json
import shlex
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import click
import pytest
from flask import Flask
from sqlalchemy import literal, select

from petition.accounts.permissions import Permission
from petition.attention.cause_words import WORDS
from petition.attention.causes import AttentionSource, count_all
from petition.attention.sources import SOURCES
from petition.attention.waiting_list import list_attention
from petition.cli import cli
from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.core.errors import ConfigurationError
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.channels import CHANNELS
from petition.delivery.send import deliver
from petition.delivery.staff_holds import hold_delivery
from petition.models import Delivery, DeliveryState, Milestone, MilestoneState, Signature
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.letter_store import LetterStore
from tests.web.staff_world import make_delivery, set_state


def test_nothing_waits_in_an_empty_service(app: Flask) -> None:
    assert run(app, "attention").output == "Nothing is waiting for a person.\n"
    assert json.loads(run(app, "attention", "--json").output) == []


@pytest.mark.parametrize(
    "state", [DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.BOUNCED]
)
def test_a_letter_that_ended_badly_waits(app: Flask, state: DeliveryState) -> None:
    delivery_id = make_delivery(app, send=False)
    first = DeliveryState.ACCEPTED if state is DeliveryState.BOUNCED else state
    set_state(app, delivery_id, first, "550 at rcpt")
    if state is DeliveryState.BOUNCED:
        with app.app_context(), transaction() as session:
            session.get_one(Delivery, delivery_id).state = state

    (item,) = json.loads(run(app, "attention", "--json").output)

    assert (item["name"], item["number"]) == (state.value, 1)
    assert f"--state {state.value}" in item["command"]


def test_one_that_goes_its_way_does_not(app: Flask) -> None:
    make_delivery(app)
    assert json.loads(run(app, "attention", "--json").output) == []


def test_a_letter_whose_attempt_cannot_begin_waits_until_it_can(
    app: Flask,
    make_later: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the version that made it had a channel that this one does not have."""
    delivery_id = make_delivery(app, send=False)
    with app.app_context():
        store = LetterStore(get_settings().letters_dir)
        with monkeypatch.context() as earlier, pytest.raises(ConfigurationError):
            earlier.delitem(cast(dict[str, object], CHANNELS), "outbox")
            deliver(delivery_id, store.read)
        assert deliver(delivery_id, store.read) is None  # postponed

    (item,) = json.loads(run(app, "attention", "--json").output)
    assert (item["name"], item["number"]) == ("unprepared", 1)
    assert "not prepared: configuration" in run(app, "deliveries", "list").output

    make_later(timedelta(hours=1))
    with app.app_context():
        assert deliver(delivery_id, store.read) is DeliveryState.ACCEPTED
    assert json.loads(run(app, "attention", "--json").output) == []


def test_one_that_staff_hold_waits_from_the_second_week_on(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    delivery_id = make_delivery(app, send=False)
    with app.app_context():
        hold_delivery(delivery_id, "cli", "wait")
    assert json.loads(run(app, "attention", "--json").output) == []

    make_later(timedelta(days=8))
    (item,) = json.loads(run(app, "attention", "--json").output)

    assert (item["name"], item["number"]) == ("held-by-staff", 1)


def test_signatures_and_hundreds_wait_and_the_oldest_is_told(app: Flask) -> None:
    make_delivery(app, send=False)
    with app.app_context():
        with transaction() as session:
            milestone = session.scalars(select(Milestone)).one()
            for state in (MilestoneState.REACHED, MilestoneState.HELD):
                milestone.state = state
                session.flush()
            campaign = make_campaign(session, slug="another")
            for days in (1, 5, 3):
                make_signature(
                    session,
                    campaign,
                    state="review",
                    review_reason="not-found",
                    confirmed_at=utcnow() - timedelta(days=days),
                )
        found = {item.name: item for item in list_attention(db.session())}
        oldest = min(
            db.session.scalars(select(Signature.confirmed_at).where(Signature.state == "review"))
        )

    assert (found["review"].number, found["review"].since) == (3, oldest)
    assert found["hundreds"].number == 1
    assert "Signatures whose district is not certain  " in run(app, "attention").output
    assert " 5 d " in run(app, "attention").output


def test_a_source_is_one_line(app: Flask) -> None:
    with app.app_context():
        since = utcnow()
        added = SOURCES | {
            "webhooks": AttentionSource(
                count_all(lambda: select(literal(since, UtcDateTime()))),
                "petition webhooks",
                Permission.SETTINGS_MANAGE,
                Permission.SETTINGS_MANAGE,
            )
        }
        assert [item.name for item in list_attention(db.session(), added)] == ["webhooks"]


def test_each_source_has_words_and_a_command_that_exists() -> None:
    assert set(WORDS) == set(SOURCES)
    for source in SOURCES.values():
        _, *words = shlex.split(source.command)
        command: click.Command | None = cli
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, source.command
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known
