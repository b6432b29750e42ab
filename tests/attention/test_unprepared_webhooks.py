"""Events for webhooks that an error of ours holds up: a cause for a person, and a figure."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from petition.attention.cause_words import WORDS
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.metrics import render_metrics
from petition.models import (
    Organization,
    OrganizationState,
    RoleName,
    WebhookEndpoint,
)
from petition.partners.webhooks.endpoints import disable_endpoint, remove_endpoint
from petition.partners.webhooks.replays import send_test_event
from tests.cli.runner import run
from tests.core.callbacks.receiver import Receiver, answer
from tests.partners.webhooks.world import (
    HOOKED,
    HookWorld,
    make_all_due,
    make_world,
    read_rows,
    read_states,
    send_all,
)
from tests.web.staff_world import enter, get

NAME = "unprepared-webhooks"
TITLE = WORDS[NAME].title
URL = "http://127.0.0.1:9/in"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**HOOKED)


def turn_keys() -> None:
    """Change the id of the data key in each stored key of a webhook; twice is as before."""
    with transaction() as session:
        for number, secret in session.execute(text("SELECT id, secret FROM webhook_keys")).all():
            other = bytes([*secret[:1], *(byte ^ 255 for byte in secret[1:5]), *secret[5:]])
            session.execute(
                text("UPDATE webhook_keys SET secret = :secret WHERE id = :id"),
                {"secret": other, "id": number},
            )


def hold_up(events: int = 2) -> tuple[HookWorld, int]:
    """Make an organization whose webhook cannot be signed for; return it and the endpoint."""
    world = make_world()
    endpoint_id = world.hook(URL).id
    world.give(events)
    turn_keys()
    send_all()
    return world, endpoint_id


def read_causes(app: Flask) -> list[tuple[str, int, str]]:
    found = json.loads(run(app, "attention", "--json").output)
    return [(one["name"], one["number"], one["command"]) for one in found]


def read_figure() -> float:
    (line,) = [
        line
        for line in render_metrics().decode().splitlines()
        if line.startswith("hundredth_webhooks_waiting ")
    ]
    return float(line.split()[1])


def test_they_wait_for_a_person_until_they_can_be_sent(app: Flask) -> None:
    with app.app_context(), Receiver(answer(204)) as receiver:
        world = make_world()
        world.hook(receiver.url)
        world.give(2)
        turn_keys()
        assert read_figure() == 2
        send_all()
        assert {row.reason for row in read_rows()} == {"not prepared: seal-broken"}
        held, waiting = read_causes(app), read_figure()
        shown = run(app, "attention").output

        turn_keys()
        make_all_due()
        send_all()

        assert (held, waiting) == ([(NAME, 2, "petition doctor")], 2)
        assert TITLE in " ".join(shown.split())
        assert read_states() == ["accepted"] * 2 and len(receiver.received) == 2
        assert (read_causes(app), read_figure()) == ([], 0)


def test_what_a_receiver_refuses_is_the_organization_s_to_see(app: Flask) -> None:
    with app.app_context():
        with Receiver(answer(500)) as receiver:
            world = make_world()
            world.hook(receiver.url)
            world.give(2)
            send_all()

        assert "retry_wait" in read_states()
        assert (read_causes(app), read_figure()) == ([], 0)


@pytest.mark.parametrize("how", ["disabled", "removed", "suspended"])
def test_what_nobody_would_be_sent_waits_for_nobody(app: Flask, how: str) -> None:
    with app.app_context():
        world, endpoint_id = hold_up()
        assert [number for _, number, _ in read_causes(app)] == [2]

        if how == "disabled":
            disable_endpoint(world.group_id, endpoint_id, actor="partner:1")
        elif how == "removed":
            remove_endpoint(world.group_id, endpoint_id, actor="partner:1")
        else:
            with transaction() as session:
                suspended = {"state": OrganizationState.SUSPENDED}
                session.execute(update(Organization).values(**suspended))

        assert (read_causes(app), read_figure()) == ([], 0)


def test_a_test_to_a_webhook_that_is_off_is_sent_and_so_it_waits(app: Flask) -> None:
    with app.app_context():
        world, endpoint_id = hold_up()
        disable_endpoint(world.group_id, endpoint_id, actor="partner:1")
        send_test_event(world.group_id, endpoint_id, actor="partner:1")
        send_all()

        assert (read_causes(app), read_figure()) == ([(NAME, 1, "petition doctor")], 1)


def test_a_webhook_that_is_left_alone_is_still_held_up_by_us(app: Flask) -> None:
    with app.app_context():
        hold_up()
        with transaction() as session:
            later = utcnow() + timedelta(minutes=5)
            session.execute(update(WebhookEndpoint).values(quiet_until=later))

        assert [number for _, number, _ in read_causes(app)] == [2]
        assert read_figure() == 0  # they wait for their receiver as well


def test_its_oldest_is_told(app: Flask) -> None:
    with app.app_context():
        hold_up()
        oldest = min(row.created_at for row in read_rows())
        db.session.rollback()

        (cause,) = json.loads(run(app, "attention", "--json").output)

    assert cause["since"] == oldest.isoformat()


@pytest.mark.parametrize("role", list(RoleName)[:4])
def test_only_who_answers_for_organizations_sees_the_card(app: Flask, role: RoleName) -> None:
    with app.app_context():
        hold_up()
    browser, _ = enter(app, role)

    page = get(browser, "/staff/attention").text

    assert (TITLE in page) == (role is RoleName.ADMIN)
    if role is RoleName.ADMIN:
        assert "2 events" in page and "<code>petition doctor</code>" in page
