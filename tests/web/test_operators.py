"""What machines ask: is it alive, can it serve, what are its figures."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from socket import create_server
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from werkzeug.test import TestResponse

from petition.boundaries.shapes import name_file
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage, get_queues, wake
from petition.models import Heartbeat, SignatureState
from petition.signing.screening import RejectReason
from tests.factories import make_campaign, make_district, make_located, make_signature
from tests.processes.rows import add_all, add_process
from tests.service import wait_until

TOKEN = "only-for-tests-9f3c1a"
PARTS = (
    "database",
    "migrations",
    "redis",
    "storage",
    "proxy",
    "processes",
    "boundaries",
    "mail",
    "content",
)
LONGEST_WAIT = 60.0
NOWHERE = {
    "sqlite": "sqlite:////nowhere/hundredth.sqlite3",
    "postgresql": "postgresql://hundredth:secret@127.0.0.1:1/hundredth",
}


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """The settings with a token for the figures."""
    return environment | {"PETITION_METRICS_TOKEN": TOKEN}


@pytest.fixture
def away(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """The app with its database away."""
    return make_app(DATABASE_URL=NOWHERE[database_url.partition(":")[0]])


def make_well(app: Flask) -> None:
    """Have a boundary set in force and the background running, as every service has."""
    with app.app_context(), transaction() as session:
        make_district(session)
        add_all(session)


def ask_ready(app: Flask) -> tuple[int, Any]:
    """Return the status and the body of /readyz."""
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.get_json()


def wait_for_parts(app: Flask, **expected: str) -> tuple[int, Any]:
    """Ask until each part was found as ``expected``, or well; return the status and the body.

    - A check may take long on a loaded machine: until it has ended its part is unknown, or late.
    """
    wanted = dict.fromkeys(PARTS, "ok") | expected
    last: list[tuple[int, Any]] = []

    def is_found() -> bool:
        last[:] = [ask_ready(app)]
        return bool(last[0][1]["parts"] == wanted)

    try:
        wait_until(is_found, LONGEST_WAIT, f"the parts to be {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}; they are {last}") from None
    return last[0]


def ask_metrics(app: Flask, token: str = TOKEN, scheme: str = "Bearer") -> TestResponse:
    """Ask for the figures with a token."""
    return app.test_client().get("/metrics", headers={"Authorization": f"{scheme} {token}"})


def scrape(app: Flask) -> dict[tuple[str, ...], float]:
    """Return a scrape's samples by name and label values."""
    answer = ask_metrics(app)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_process_is_alive_whatever_is_away(away: Flask) -> None:
    answer = away.test_client().get("/healthz")

    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ok"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_ready_when_all_parts_are_well(app: Flask) -> None:
    make_well(app)

    status, body = wait_for_parts(app)

    assert status == 200
    assert body == {"status": "ok", "parts": dict.fromkeys(PARTS, "ok")}


def test_it_is_not_ready_without_its_database(away: Flask) -> None:
    wait_until(lambda: ask_ready(away)[1]["parts"]["database"] == "fault", LONGEST_WAIT, "it")

    status, body = ask_ready(away)

    assert status == 503
    assert body["status"] == "unavailable"
    assert "secret" not in json.dumps(body)


@pytest.mark.own_database
def test_it_is_not_ready_before_its_migrations(app: Flask) -> None:
    make_well(app)
    with app.app_context():
        downgrade(revision="0001")
    found = {"migrations": "fault", "database": "ok"}

    wait_until(lambda: ask_ready(app)[1]["parts"].items() >= found.items(), LONGEST_WAIT, "both")

    assert ask_ready(app)[0] == 503


def test_without_redis_it_is_ready_and_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock")
    make_well(app)

    status, body = wait_for_parts(app, redis="fault")

    assert status == 200
    assert body["status"] == "degraded"


def test_without_polygons_or_with_damaged_ones_it_says_so(make_app: Callable[..., Flask]) -> None:
    none, damaged = make_app(), make_app()
    with none.app_context(), transaction() as session:
        add_all(session)

    before = wait_for_parts(none, boundaries="fault")
    make_well(damaged)
    with damaged.app_context():
        path = name_file(get_settings().boundaries_dir, "0" * 64)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    after = wait_for_parts(damaged, boundaries="fault")

    for status, body in (before, after):
        assert status == 200
        assert body["status"] == "degraded"


def test_without_room_for_letters_it_says_so(app: Flask) -> None:
    make_well(app)
    with app.app_context():
        get_settings().letters_dir.write_text("a file where the folder should be")

    status, body = wait_for_parts(app, storage="fault")

    assert (status, body["status"]) == (200, "degraded")


def test_without_its_mail_server_it_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SMTP_URL="smtp://127.0.0.1:1")
    make_well(app)

    status, body = wait_for_parts(app, mail="fault")

    assert (status, body["status"]) == (200, "degraded")


def test_a_mute_mail_server_holds_nobody_who_asks(make_app: Callable[..., Flask]) -> None:
    with closing(create_server(("127.0.0.1", 0))) as mute:
        app = make_app(PETITION_SMTP_URL=f"smtp://127.0.0.1:{mute.getsockname()[1]}")
        make_well(app)
        began = time.monotonic()

        bodies = [ask_ready(app)[1] for _ in range(10)]

        took = time.monotonic() - began
        wait_until(lambda: ask_ready(app)[1]["parts"]["mail"] == "fault", 30, "the finding")
    assert took < 3.8  # the check itself takes four
    assert {body["status"] for body in bodies} == {"degraded"}
    assert bodies[0]["parts"]["mail"] in ("unknown", "fault")


def test_how_old_the_findings_are_is_said(app: Flask) -> None:
    make_well(app)
    client = app.test_client()
    client.get("/readyz")
    time.sleep(1.5)

    assert 1 <= int(client.get("/readyz").headers["Age"]) < 60


def test_a_scrape_counts_what_is_there(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            before = utcnow() - timedelta(seconds=90)
            make_signature(session, campaign, due_at=before)
            located = {"state": SignatureState.LOCATED, "due_at": None, "confirmed_at": before}
            make_signature(session, campaign, **located)
            make_signature(session, campaign, **located)
            session.execute(insert(Heartbeat).values(name="reconciler", at=utcnow(), detail={}))
            add_process(session, stages="locate count")
            add_process(session, stages="locate", silent=40)
        get_queues().redis.flushdb()
        wake(Stage.LOCATE)

    samples = scrape(app)

    assert samples["hundredth_up", "database"] == 1
    assert samples["hundredth_up", "redis"] == 1
    assert samples["hundredth_signatures", "confirmed"] == 1
    assert samples["hundredth_signatures", "located"] == 2
    assert samples["hundredth_signatures", "counted"] == 0
    assert samples["hundredth_deliveries", "unknown"] == 0
    assert samples["hundredth_campaigns",] == 1
    assert samples["hundredth_milestones",] == 0
    assert samples["hundredth_letters",] == 0
    assert samples["hundredth_queue_jobs", "locate", "waiting"] == 1
    assert samples["hundredth_queue_workers", "locate"] == 1
    assert samples["hundredth_queue_workers", "render"] == 0
    assert samples["hundredth_processes", "worker", "heard"] == 1
    assert samples["hundredth_processes", "worker", "late"] == 1
    assert samples["hundredth_processes", "scheduler", "heard"] == 0
    assert samples["hundredth_heartbeat_age_seconds", "reconciler"] < 60
    assert 90 <= samples["hundredth_oldest_due_seconds", "confirmed"] < 150
    assert 90 <= samples["hundredth_oldest_due_seconds", "located"] < 150
    assert samples["hundredth_oldest_due_seconds", "rendered"] == 0
    assert any(name[0] == "hundredth_build_info" for name in samples)


def test_a_scrape_names_no_person_and_no_district(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        campaign = make_campaign(session, slug="secret-slug")
        make_located(session, campaign, make_district(session, name="Hidden County"), 2)

    text = ask_metrics(app).text

    assert "hundredth_signatures" in text
    for canary in ("Hidden", "secret-slug", "Ada", "people.example", "02139"):
        assert canary not in text


def test_a_scrape_says_what_is_away(away: Flask, make_app: Callable[..., Flask]) -> None:
    without_database = scrape(away)
    without_redis = scrape(make_app(REDIS_URL="unix:///nowhere/valkey.sock"))

    assert without_database["hundredth_up", "database"] == 0
    assert not any(name == "hundredth_signatures" for name, *_ in without_database)
    assert without_redis["hundredth_up", "redis"] == 0
    assert without_redis["hundredth_up", "database"] == 1
    assert not any(name == "hundredth_queue_jobs" for name, *_ in without_redis)


def test_many_scrapes_cost_one_look(app: Flask) -> None:
    first = ask_metrics(app).text
    assert 'hundredth_signatures{state="review"} 0.0' in first
    with app.app_context(), transaction() as session:
        make_signature(session, make_campaign(session), state=SignatureState.REVIEW)

    assert ask_metrics(app).text == first


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "/metrics/"])
def test_the_figures_are_closed_where_nobody_has_opened_them(
    make_app: Callable[..., Flask], path: str
) -> None:
    app = make_app(PETITION_METRICS_TOKEN="")

    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        answer = app.test_client().get(path, headers=headers)
        assert answer.status_code == 404 and "hundredth_" not in answer.text


@pytest.mark.parametrize(
    "sent",
    ["", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x"]
    + [f"Bearer {TOKEN.upper()}", f"Bearer x {TOKEN}", "Bearer é\xff", "Bearer " + "x" * 5000],
)
def test_whoever_has_not_the_token_is_told_nothing(app: Flask, sent: str) -> None:
    answer = app.test_client().get("/metrics", headers={"Authorization": sent} if sent else {})

    assert answer.status_code == 404
    assert "hundredth_" not in answer.text and "WWW-Authenticate" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask_metrics(app, scheme="bearer").status_code == 200


def test_an_address_of_their_own_closes_the_pages_port(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_METRICS_ADDRESS="127.0.0.1:9100")

    assert ask_metrics(app).status_code == 404


def test_no_figure_tells_which_guard_took_a_robot_for_one(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        campaign = make_campaign(session)
        for reason in RejectReason:
            ended = {"state": SignatureState.REJECTED, "ended_at": utcnow(), "due_at": None}
            make_signature(session, campaign, reject_reason=reason.value, **ended)

    text = ask_metrics(app).text

    assert f"hundredth_rejected_signatures {len(RejectReason)}.0" in text
    assert not any(reason.value in text for reason in RejectReason)


def test_operators_pages_leave_no_transaction_open(app: Flask) -> None:
    app.test_client().get("/readyz")
    ask_metrics(app)

    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
