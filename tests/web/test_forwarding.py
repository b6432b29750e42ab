"""Another number of proxies in front than the setting says is found, told of and forgotten."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client
from werkzeug.wrappers import Response

from petition.core.extensions import db
from petition.models import Heartbeat
from petition.processes.proxy_hops import MARK, STEADY, Mismatch
from petition.web import forwarding
from tests.cli.runner import run
from tests.service import wait_until

BROWSER = {"Accept-Language": "en-US,en;q=0.5"}
ADDRESS = "203.0.113.77"
FORWARDED = BROWSER | {"X-Forwarded-For": ADDRESS}


@pytest.fixture
def make_web(make_app: Callable[..., Flask]) -> Callable[[int], Flask]:
    """Make the app as a web process has it, for so many proxies."""

    def make(hops: int) -> Flask:
        app = make_app(PETITION_PROXY_HOPS=str(hops))
        forwarding.init_app(app)
        return app

    return make


def send(app: Flask, headers: dict[str, str], times: int = 6, path: str = "/about") -> None:
    client = app.test_client()
    for _ in range(times):
        client.get(path, headers=headers)


def watch(hops: int, requests: list[tuple[str, dict[str, str]]]) -> list[Mismatch | None]:
    """Return what is reported of the requests; the last of them completes a report."""
    reports: list[Mismatch | None] = []
    client = Client(forwarding.ForwardingWatch(Response("here"), hops, reports.append))
    for path, headers in requests:
        assert reports == []
        client.get(path, headers=headers)
    wait_until(lambda: bool(reports), 20, "the report")
    return reports


def ask_doctor(app: Flask) -> str:
    """Return what the doctor finds wrong with the proxy; empty for nothing."""
    findings = json.loads(run(app, "doctor", "--json").output)
    (proxy,) = (finding for finding in findings if finding["name"] == "proxy")
    return "" if proxy["ok"] else f"{proxy['found']}. {proxy['remedy']}"


def read_note(app: Flask) -> dict[str, object] | None:
    with app.app_context():
        return db.session.scalar(select(Heartbeat.detail).where(Heartbeat.name == MARK))


@pytest.mark.parametrize(
    ("hops", "headers", "words"),
    [
        (0, FORWARDED, "PETITION_PROXY_HOPS is 0, but X-Forwarded-For arrives"),
        (0, BROWSER | {"Forwarded": f"for={ADDRESS}"}, "Forwarded, which is not read"),
        (1, BROWSER, "PETITION_PROXY_HOPS is 1, but X-Forwarded-For arrives with no address"),
        (1, BROWSER | {"Forwarded": f"for={ADDRESS}"}, "Forwarded, which is not read"),
        (2, FORWARDED, "PETITION_PROXY_HOPS is 2, but X-Forwarded-For arrives with one address"),
        (1, BROWSER | {"X-Forwarded-For": f"{ADDRESS}, 10.0.0.2"}, "arrives with 2 addresses"),
    ],
)
def test_another_number_of_addresses_than_the_setting_says_is_a_finding(
    make_web: Callable[[int], Flask],
    hops: int,
    headers: dict[str, str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = make_web(hops)

    send(app, headers, times=30)
    wait_until(lambda: read_note(app) is not None, 20, "the note")

    assert words in ask_doctor(app)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert (answer.get_json()["status"], answer.get_json()["parts"]["proxy"]) == (
        "degraded",
        "fault",
    )
    assert ADDRESS not in json.dumps(read_note(app))
    [line] = [line for line in capsys.readouterr().err.splitlines() if "proxy.mismatch" in line]
    assert "petition doctor" in line and ADDRESS not in line


@pytest.mark.parametrize(
    ("hops", "headers"),
    [(0, BROWSER), (1, FORWARDED), (2, BROWSER | {"X-Forwarded-For": f"{ADDRESS}, 10.0.0.2"})],
)
def test_what_arrives_as_the_setting_says_is_none_whatever_a_visitor_makes_up(
    hops: int, headers: dict[str, str]
) -> None:
    made_up = BROWSER | {"X-Forwarded-For": ", ".join([ADDRESS] * 5000)}

    assert watch(hops, [*[("/about", made_up)] * 2, *[("/about", headers)] * 3]) == [None]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize(("hops", "odd", "usual"), [(1, BROWSER, FORWARDED), (0, FORWARDED, {})])
def test_what_asks_the_operators_addresses_is_none(
    path: str, hops: int, odd: dict[str, str], usual: dict[str, str]
) -> None:
    assert watch(hops, [*[(path, odd)] * 9, *[("/about", usual)] * 5]) == [None]
    assert watch(hops, [("/about", odd)] * 5) != [None]


def test_a_probe_that_looks_in_beside_the_proxy_is_none() -> None:
    probe = {"User-Agent": "a balancer's probe"}

    assert watch(1, [*[("/about", probe)] * 9, *[("/about", FORWARDED)] * 5]) == [None]


def test_it_is_forgotten_once_the_setting_was_mended(make_web: Callable[[int], Flask]) -> None:
    before, after = make_web(0), make_web(1)
    send(before, FORWARDED)
    wait_until(lambda: read_note(before) is not None, 20, "the note")

    assert ask_doctor(after) == ""  # the note is of the setting before
    send(after, FORWARDED)

    wait_until(lambda: read_note(after) is None, 20, "the note to go")


def test_it_is_forgotten_once_no_process_sees_it_any_more(
    make_web: Callable[[int], Flask], make_later: Callable[[timedelta], None]
) -> None:
    one, other, later = make_web(1), make_web(1), make_web(1)
    send(one, BROWSER)
    wait_until(lambda: read_note(one) is not None, 20, "the note")

    send(other, FORWARDED)
    assert ask_doctor(one) != ""
    make_later(STEADY)
    send(later, FORWARDED)

    wait_until(lambda: read_note(one) is None, 20, "the note to go")
    assert ask_doctor(one) == ""
