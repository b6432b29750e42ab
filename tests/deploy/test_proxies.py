"""The service behind nginx and behind Caddy, each by the file that docs/deploy/ has of it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.cli.runner import run
from tests.deploy.proxies import Proxy
from tests.factories import make_signature
from tests.ground import SLUG, fill_form
from tests.service import Service, children_of, wait_until

SIGN = f"/campaigns/{SLUG}/signatures"
HALVES = 40


def make_tokens(app: Flask) -> list[str]:
    """Return the tokens of one signer's links."""
    with app.app_context():
        with transaction() as session:
            campaign = session.scalars(select(Campaign)).one()
            number = make_signature(session, campaign).id
        return [make_token(number, purpose) for purpose in LinkPurpose]


def list_addresses(tokens: list[str]) -> Iterator[str]:
    """Yield each address that carries a token, and how people and programs spoil them."""
    for token in tokens:
        for path in ("/confirm", "/signatures", "/unsubscribe"):
            yield f"{path}/{token}"
        yield f"/signatures/{token}/data.json"
        yield f"/campaigns/{SLUG}/address/{token}"
        yield f"/embed/{SLUG}/address/{token}"
        yield f"/confrim/{token}"
        yield f"//Confirm//{token}"
        yield f"/%63onfirm/{token}"
        yield f"/static/../confirm/{token}"
        yield f"/staff/{token}"
        yield f"/{token}"
        yield f"/?token={token}"


def visit_all(proxy: Proxy, tokens: list[str]) -> set[int]:
    """Visit every address, by GET and POST, and break off a request to each kind."""
    statuses = set()
    for path in list_addresses(tokens):
        named = {"Referer": f"{proxy.url}{path}"}
        statuses.add(proxy.ask("GET", path, headers=named))
        statuses.add(proxy.ask("POST", path, {"a": "b"}, headers=named))
        if proxy.kind == "nginx":
            proxy.ask("GET", path, plain=True)
    path = f"/confirm/{tokens[0]}"
    # More than is let in: 413 by nginx, 502 by Caddy 2.6.
    assert proxy.ask("POST", path, {"a": "b" * 300_000}) in (413, 502)
    with ExitStack() as held:
        send_half(proxy, path, held)
    return statuses


def send_half(proxy: Proxy, path: str, held: ExitStack) -> HTTPConnection:
    """Send half a form and hold the connection open."""
    connection = proxy.connect()
    held.callback(connection.close)
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", "200")
    connection.endheaders(b"given_name=Ada&")
    return connection


def count_connections(service: Service) -> int:
    """Return how many connections the web process has from its proxy."""
    processes = children_of(service.processes["web"].pid)
    return sum(
        1
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == service.port
    )


def test_people_sign_over_https_each_counted_by_their_own_address(
    proxy: Proxy, start_web: Callable[..., Service], app: Flask
) -> None:
    start_web(proxy, PETITION_SIGN_LIMIT="1 per hour")

    def sign(number: int, source: str, **headers: str) -> int:
        named = {"Origin": proxy.url, "Sec-Fetch-Site": "same-origin"} | headers
        return proxy.ask("POST", SIGN, fill_form(number), source=source, headers=named)

    assert proxy.ask("GET", f"/campaigns/{SLUG}") == 200
    assert sign(1, "127.0.0.2") == 303
    assert sign(2, "127.0.0.2") == 429
    assert sign(3, "127.0.0.3") == 303
    # What a visitor says of their own address is not passed on.
    assert sign(4, "127.0.0.2", **{"X-Forwarded-For": "203.0.113.9"}) == 429
    assert sign(5, "127.0.0.2", **{"Forwarded": "for=203.0.113.9"}) == 429
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Signature)) == 2


def test_half_a_form_takes_no_thread_of_the_service(
    proxy: Proxy, start_web: Callable[..., Service]
) -> None:
    service = start_web(proxy)
    with ExitStack() as held:
        for _ in range(HALVES):
            send_half(proxy, SIGN, held)

        began = time.monotonic()
        assert proxy.ask("GET", f"/campaigns/{SLUG}") == 200
        assert proxy.ask("POST", SIGN, fill_form(1)) == 303

        assert time.monotonic() - began < 10  # both proxies give half a form up after 15
        if proxy.kind == "nginx":
            assert count_connections(service) < HALVES / 4


def test_no_log_has_what_a_link_carries(
    proxy: Proxy, start_web: Callable[..., Service], app: Flask
) -> None:
    service = start_web(proxy)
    tokens = make_tokens(app)

    up = visit_all(proxy, tokens)
    service.kill("web", group=True)
    away = visit_all(proxy, tokens)

    assert 200 in up and 502 not in up
    assert 502 in away and 200 not in away
    logs = proxy.read_logs()
    pieces = {piece for token in tokens for piece in token.split(".") if len(piece) > 8}
    assert pieces
    assert [piece for piece in pieces if piece in logs] == []
    if proxy.kind == "nginx":
        assert re.search(r"GET /confirm 200 .* 200$", logs, re.M)
        assert re.search(r"GET /confirm 502 .* 502$", logs, re.M)
        assert f"GET /campaigns/{SLUG} " in logs


def test_the_wrong_number_of_proxies_is_seen_by_another_process(
    proxy: Proxy, start_web: Callable[..., Service], make_app: Callable[..., Flask]
) -> None:
    start_web(proxy, PETITION_PROXY_HOPS="0")
    doctor = make_app(PETITION_PROXY_HOPS="0")

    for _ in range(6):
        proxy.ask("GET", f"/campaigns/{SLUG}")

    def find_fault() -> str:
        findings = json.loads(run(doctor, "doctor", "--json").output)
        faults = (one["found"] for one in findings if one["name"] == "proxy" and not one["ok"])
        return next(faults, "")

    wait_until(lambda: "proxy.mismatch" in read_log(proxy), 20, "the line")
    wait_until(lambda: bool(find_fault()), 20, "the finding")
    assert find_fault().startswith("PETITION_PROXY_HOPS is 0, but X-Forwarded-For arrives")


def read_log(proxy: Proxy) -> str:
    return (proxy.folder.parent / "service.log").read_text()


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_what_comes_without_tls_is_sent_to_the_right_address(proxy: Proxy) -> None:
    connection = proxy.connect(plain=True)
    connection.request("GET", "/campaigns/square", headers={"Host": "elsewhere.example"})
    answer = connection.getresponse()

    assert answer.status == 301
    assert answer.headers["Location"] == f"{proxy.url}/campaigns/square"
    connection.close()


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_which_part_is_broken_is_for_this_host_alone(proxy: Proxy) -> None:
    assert proxy.ask("GET", "/readyz", source="127.0.0.2") == 403
    assert proxy.ask("GET", "/readyz") == 502
