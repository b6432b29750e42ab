"""``petition status``: the figures, for people and for programs."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import insert

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.queues import Stage, wake
from petition.models import DeliveryState, Heartbeat, ProcessRole, SignatureState
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.processes.rows import add_all, add_process
from tests.web.staff_world import STEP, make_delivery


def test_an_empty_service_has_every_key_and_every_state(app: Flask) -> None:
    result = run(app, "status", "--json")

    found = json.loads(result.output)
    assert result.exit_code == 0
    assert list(found) == [
        "campaigns",
        "signatures",
        "milestones",
        "held",
        "paused",
        "letters",
        "deliveries",
        "comments_waiting",
        "counted_at",
        "mails",
        "letter_mails",
        "relay_mails",
        "queues",
        "processes",
        "reconciler",
    ]
    assert found["signatures"] == {state.value: 0 for state in SignatureState}
    assert found["deliveries"] == {state.value: 0 for state in DeliveryState}
    assert set(found["queues"]) == {stage.value for stage in Stage}
    assert found["reconciler"]["last_round"] is None
    assert found["reconciler"]["late"] is True


def test_it_counts_what_is_there(app: Flask) -> None:
    make_delivery(app)
    with app.app_context():
        with transaction() as session:
            make_signature(session, make_campaign(session, slug="another"))
            session.execute(
                insert(Heartbeat).values(name="reconciler", at=utcnow(), detail={"expired": 0})
            )
            add_all(session)
            add_process(session, ProcessRole.SCHEDULER, silent=40, host="two.example", pid=77)
        wake(Stage.LOCATE)

    found = json.loads(run(app, "status", "--json").output)
    text = run(app, "status").output

    assert [campaign["signatures"] for campaign in found["campaigns"]] == [STEP, 1]
    assert [campaign["milestones"] for campaign in found["campaigns"]] == [1, 0]
    assert found["signatures"]["counted"] == STEP
    assert found["signatures"]["confirmed"] == 1
    assert (found["milestones"], found["letters"]) == (1, 1)
    assert found["deliveries"]["accepted"] == 1
    assert found["queues"]["locate"] == {
        "waiting": 1,
        "started": 0,
        "failed": 0,
        "scheduled": 0,
        "deferred": 0,
        "finished": 0,
        "workers": 1,
    }
    assert [(one["role"], one["late"]) for one in found["processes"]] == [
        ("scheduler", True),
        ("scheduler", False),
        ("worker", False),
    ]
    assert found["reconciler"]["late"] is False
    assert found["reconciler"]["seconds_ago"] < 60
    assert found["reconciler"]["found"] == {"expired": 0}
    assert "another" in text and "1 accepted" in text
    assert "Running processes: 1 scheduler, 1 worker." in text
    assert "scheduler on two.example (process 77)" in text


def test_it_works_while_redis_is_away(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock")

    found = json.loads(run(app, "status", "--json").output)
    result = run(app, "status")

    assert found["queues"] == {"error": "ConnectionError"}
    assert result.exit_code == 0
    assert "Redis does not answer" in result.output
