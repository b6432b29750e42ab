"""One POST to a listening socket: what is connected to, by which name, and for how long."""

import socket
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from petition.core.callbacks.callback_limits import CallbackLimits
from petition.core.callbacks.callback_request import NO_PUBLIC_ADDRESS, TOO_LATE, post_callback
from petition.core.callbacks.callback_urls import read_callback_url
from petition.core.http import HttpFailure
from tests.core.callbacks.receiver import (
    LOOPBACK,
    PRIVATE,
    Receiver,
    answer,
    drip,
    drip_content,
    hang,
    resolve,
)


def post(url: str, limits: CallbackLimits = LOOPBACK) -> int:
    read = read_callback_url(url, limits)
    return post_callback(read, b"{}", {"X-Test": "yes"}, limits).status


def fail(url: str, limits: CallbackLimits = LOOPBACK) -> str:
    with pytest.raises(HttpFailure) as failure:
        post(url, limits)
    assert failure.value.__context__ is None
    return str(failure.value)


def test_it_sends_what_is_given_and_reads_the_status() -> None:
    with Receiver(answer(503, "Retry-After: 120")) as receiver:
        read = read_callback_url(receiver.url, LOOPBACK)
        found = post_callback(read, b'{"a": 1}', {"X-Test": "yes"}, LOOPBACK)

    assert (found.status, found.retry_after) == (503, 120.0)
    (received,) = receiver.received
    assert received.line == "POST /hooks HTTP/1.1"
    assert received.body == b'{"a": 1}'
    assert received.headers["x-test"] == "yes"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert set(received.headers) == {"x-test", "host", "connection", "content-length"}


def test_a_redirect_is_an_answer_and_nothing_is_connected_there() -> None:
    with (
        Receiver(answer(200), host=PRIVATE) as hidden,
        Receiver(answer(302, f"Location: {hidden.url}")) as receiver,
    ):
        assert post(receiver.url) == 302
    assert hidden.connections == 0


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its DNS changes between the check and the connection."""
    with Receiver(answer(204)) as receiver, Receiver(answer(200), host=PRIVATE) as hidden:
        asked = resolve(monkeypatch, ["127.0.0.1"], [PRIVATE])

        assert post(f"http://hooks.example:{receiver.port}/x") == 204

    assert asked == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"
    assert hidden.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [[PRIVATE], ["127.0.0.1", PRIVATE], ["10.0.0.1"], ["169.254.169.254"], ["8.8.8.8"], []],
    ids=["private", "one of two", "ten", "metadata", "public, but over http", "no such name"],
)
def test_a_name_with_an_address_that_may_not_be_asked_is_not_connected_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(answer(200)) as receiver, Receiver(answer(200), host=PRIVATE) as hidden:
        resolve(monkeypatch, addresses)

        assert fail(f"http://hooks.example:{receiver.port}/x") == NO_PUBLIC_ADDRESS

    assert receiver.connections == hidden.connections == 0


def test_without_the_setting_no_loopback_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = replace(LOOPBACK, networks=())
    resolve(monkeypatch, ["127.0.0.1"])

    assert fail("https://hooks.example/x", usual) == NO_PUBLIC_ADDRESS


@pytest.mark.parametrize("behave", [hang, drip], ids=["hangs", "byte by byte"])
def test_the_deadline_is_for_the_whole_answer(behave: object) -> None:
    limits = replace(LOOPBACK, seconds=0.6)
    with Receiver(behave) as receiver:  # type: ignore[arg-type]
        began = time.monotonic()

        assert fail(receiver.url, limits) == TOO_LATE

        assert 0.5 < time.monotonic() - began < 1.6


def test_content_that_comes_byte_by_byte_is_not_waited_for() -> None:
    with Receiver(drip_content) as receiver:
        began = time.monotonic()

        assert post(receiver.url, replace(LOOPBACK, seconds=20)) == 200

        assert time.monotonic() - began < 3


def test_a_look_up_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(3) or [])

    assert fail("http://hooks.example/x", replace(LOOPBACK, seconds=0.3)) == TOO_LATE


def test_nobody_who_listens_is_a_failure_and_so_is_nonsense() -> None:
    with Receiver(lambda spoken: spoken.sendall(b"nonsense\r\n\r\n")) as receiver:
        assert fail(receiver.url) == "BadStatusLine"
    with Receiver(lambda spoken: None) as silent:
        assert fail(silent.url) == "RemoteDisconnected"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert fail(f"http://127.0.0.1:{port}/x") == "connection refused"


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(answer(200)) as proxy, Receiver(answer(204)) as receiver:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        assert post(receiver.url) == 204

    assert proxy.connections == 0


def test_tls_uses_the_host_name_and_refuses_another_ones_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = make_certificate(tmp_path, "hooks.example")
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    with Receiver(answer(204), tls=server) as receiver:
        resolve(monkeypatch, ["127.0.0.1"])

        assert post(f"https://hooks.example:{receiver.port}/x") == 204
        refused = fail(f"https://other.example:{receiver.port}/x")

    assert names == ["hooks.example", "other.example"]
    assert refused == "certificate refused"
    assert [received.headers["host"] for received in receiver.received] == [
        f"hooks.example:{receiver.port}"
    ]


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context with a certificate of its own, and the file of that."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context, paths[0]


def test_the_address_in_a_url_is_connected_to_as_it_is() -> None:
    assert read_callback_url("http://127.0.0.1:1/", LOOPBACK).address == ip_address("127.0.0.1")
