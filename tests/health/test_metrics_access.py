"""The figures on an address of their own: a real socket, a real scheduler."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from petition.core.errors import ConfigurationError
from petition.core.settings import read_settings
from petition.health.metrics_access import MetricsServer
from tests.conftest import ENVIRONMENT

TOKEN = "only-for-tests-9f3c1a"


def find_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str = "/metrics", method: str = "GET", token: str = "") -> tuple[int, str]:
    """Ask the server; return its status and what it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def serve(make_app: Callable[..., Flask], **changes: str) -> Iterator[MetricsServer]:
    """Give a server that listens."""
    server = MetricsServer(make_app(**changes))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_the_figures_are_given_there_and_nothing_else_is(make_app: Callable[..., Flask]) -> None:
    port = find_port()
    with serve(make_app, PETITION_METRICS_ADDRESS=f"127.0.0.1:{port}"):
        status, text = ask(port)
        others = [ask(port, path) for path in ("/", "/healthz", "/metrics/", "/staff/login")]
        head, post = ask(port, method="HEAD"), ask(port, method="POST")

    assert status == 200 and "hundredth_signatures" in text and "hundredth_up" in text
    assert {code for code, _ in others} == {404}
    assert head == (200, "") and post[0] == 501
    with pytest.raises(OSError, match="refused"):
        ask(port)


def test_where_a_token_is_set_it_is_asked_for_there_too(make_app: Callable[..., Flask]) -> None:
    port = find_port()
    changes = {
        "PETITION_METRICS_ADDRESS": f"127.0.0.1:{port}",
        "PETITION_METRICS_TOKEN": TOKEN,
    }
    with serve(make_app, **changes):
        answers = [ask(port, token=token)[0] for token in ("", "x", TOKEN[:-1], TOKEN)]

    assert answers == [404, 404, 404, 200]


def test_half_sent_requests_are_in_nobodys_way_and_logged_nowhere(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    port = find_port()
    with serve(make_app, PETITION_METRICS_ADDRESS=f"127.0.0.1:{port}"):
        mute = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        mute[0].sendall(b"GET /metrics HTTP/1.1\r\nHost: can")
        started = time.monotonic()
        status, _ = ask(port)
        took = time.monotonic() - started
        for one in mute:
            one.close()

    assert status == 200 and took < 5
    assert "127.0.0.1" not in capfd.readouterr().err


def test_an_address_that_is_taken_stops_nothing_and_is_tried_again(
    make_app: Callable[..., Flask],
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        server = MetricsServer(make_app(PETITION_METRICS_ADDRESS=f"127.0.0.1:{port}"))
        server.start()
        server.start()
        assert server.port is None
    try:
        server.start()
        assert server.port == port and ask(port)[0] == 200
    finally:
        server.stop()


def test_without_an_address_nothing_listens(make_app: Callable[..., Flask]) -> None:
    with serve(make_app, PETITION_METRICS_TOKEN=TOKEN) as server:
        assert server.port is None


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("[::1]:9100", ("::1", 9100)),
        ("metrics.internal:80", ("metrics.internal", 80)),
        ("", None),
    ],
)
def test_an_address_is_a_host_and_a_port(value: str, address: tuple[str, int] | None) -> None:
    settings = read_settings(ENVIRONMENT | {"PETITION_METRICS_ADDRESS": value})

    assert settings.metrics_address == address


@pytest.mark.parametrize(
    ("name", "value"),
    [("PETITION_METRICS_ADDRESS", value) for value in ("9100", ":9100", "a:", "a:0", "a:65536")]
    + [("PETITION_METRICS_ADDRESS", value) for value in ("http://a:1", "a b:1", "::1:9100")]
    + [("PETITION_METRICS_TOKEN", value) for value in ("short", "with a blank in it", "é" * 20)],
)
def test_what_cannot_be_meant_stops_the_start_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(ENVIRONMENT | {name: value})

    assert refused.value.setting == name
    assert "METRICS_TOKEN" not in name or value not in str(refused.value)


@pytest.mark.own_database
def test_the_scheduler_gives_them(environment: dict[str, str]) -> None:
    port = find_port()
    changes = {"PETITION_METRICS_ADDRESS": f"127.0.0.1:{port}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "petition", "scheduler"],
        env=dict(os.environ) | environment | changes,
        stderr=subprocess.DEVNULL,
    )
    try:
        text = wait_for_figures(port, seconds=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()

    assert "hundredth_up" in text


def wait_for_figures(port: int, seconds: float) -> str:
    """Return the first figures that are given."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            status, text = ask(port)
        except OSError:
            time.sleep(0.2)
            continue
        assert status == 200
        return text
    raise AssertionError("nothing answered")
