"""A request's body is read before it takes a thread: by real sockets against a real server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from select import select

import pytest

from tests.service import find_port, wait_until
from tests.web.echo_server import LONGEST, SECONDS

# A busy machine must not fail a test.
PATIENCE = 20.0


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the server."""
    port = find_port()
    command = ["-m", "granian", "--interface=rsgi", "--http=1", "--factory", "--log-level=error"]
    process = subprocess.Popen(
        [sys.executable, *command, f"--port={port}", "tests.web.echo_server:make_server"],
        start_new_session=True,
    )
    wait_until(lambda: answers(port), 60, "the server")
    yield port
    process.terminate()
    try:
        process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def answers(port: int) -> bool:
    try:
        return ask(port, "GET /up HTTP/1.1\r\nHost: a\r\n\r\n")[0] == 200
    except OSError:
        return False


def connect(port: int, sent: str | bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.sendall(sent.encode() if isinstance(sent, str) else sent)
    return sock


def read(sock: socket.socket) -> tuple[int, str]:
    """Return the status and the content, or 0 where the connection was closed unanswered."""
    with sock, sock.makefile("rb") as file:
        first = file.readline()
        if not first:
            return 0, ""
        length = 0
        while (line := file.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return int(first.split()[1]), file.read(length).decode()


def ask(port: int, sent: str | bytes) -> tuple[int, str]:
    return read(connect(port, sent))


def make_post(body: str, headers: str, path: str = "/form") -> str:
    return f"POST {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{body}"


def test_half_sent_bodies_hold_no_thread_and_are_answered_in_the_end(port: int) -> None:
    half = make_post("ab", "Content-Length: 200")
    chunked = make_post("2\r\nab\r\n", "Transfer-Encoding: chunked")
    waiting = [connect(port, sent) for sent in [half, chunked] * 25]

    status, _ = ask(port, make_post("whole", "Content-Length: 5"))

    answered, _, _ = select(waiting, [], [], 0)
    assert status == 200
    assert len(answered) < len(waiting)  # it did not wait for their end
    assert {read(sock)[0] for sock in waiting} == {408}


def test_a_body_that_comes_in_drops_is_cut_at_the_same_time(port: int) -> None:
    sock = connect(port, make_post("a", "Content-Length: 200"))
    began = time.monotonic()
    with suppress(OSError):
        while time.monotonic() - began < 3 * SECONDS:
            sock.sendall(b"a")
            time.sleep(SECONDS / 5)
            sock.settimeout(0.01)
            with suppress(TimeoutError):
                if sock.recv(1, socket.MSG_PEEK):
                    break
    sock.settimeout(PATIENCE)

    assert read(sock)[0] == 408


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (make_post("a=%20b", "Content-Length: 6"), "a=%20b"),
        (make_post("2\r\na=\r\n3\r\n123\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), "a=123"),
        (make_post("", "Content-Length: 0"), ""),
        (make_post("", "X: y"), ""),
    ],
)
def test_a_whole_body_reaches_the_app(port: int, sent: str, body: str) -> None:
    status, content = ask(port, sent)

    assert status == 200
    assert json.loads(content)["body"] == body


def test_a_body_that_breaks_off_never_reaches_the_app(port: int) -> None:
    for sent in (
        make_post("do=erase", "Content-Length: 20"),
        make_post("8\r\ndo=erase\r\n", "Transfer-Encoding: chunked"),
        make_post("8\r\ndo=erase\r\nzz\r\n", "Transfer-Encoding: chunked"),
    ):
        sock = connect(port, sent)
        sock.shutdown(socket.SHUT_WR)

        assert read(sock)[0] in (0, 400)


def test_a_body_that_no_page_takes_is_not_read(port: int) -> None:
    known = ask(port, make_post("", f"Content-Length: {LONGEST + 1}"))
    piece = f"{LONGEST:x}\r\n{'a' * LONGEST}\r\n"
    unknown = ask(port, make_post(piece * 2, "Transfer-Encoding: chunked"))

    assert known[0] == 200
    assert json.loads(known[1])["body"] == ""
    assert json.loads(known[1])["headers"]["Content-Length"] == str(LONGEST + 1)
    assert unknown[0] == 413


def test_the_app_is_told_what_was_asked_and_by_whom(port: int) -> None:
    headers = (
        "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"
        "X_Forwarded_For: 192.0.2.9\r\nCookie: a=1\r\nCookie: b=2"
    )

    status, content = ask(
        port, f"GET /caf%C3%A9%2Fx?q=%C3%A9 HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n"
    )

    assert status == 200
    assert json.loads(content) == {
        "path": "café/x",
        "query": "q=%C3%A9",
        "body": "",
        "client": "127.0.0.1",
        "headers": {
            "X-Forwarded-For": "192.0.2.1,192.0.2.2",
            "Cookie": "a=1; b=2",
            "Host": "a",
            "Content-Length": None,
        },
    }


def test_a_slow_request_leaves_threads_for_others(port: int) -> None:
    slow = connect(port, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    began = time.monotonic()

    assert ask(port, "GET /up HTTP/1.1\r\nHost: a\r\n\r\n")[0] == 200
    assert time.monotonic() - began < SECONDS
    assert read(slow) == (200, "done")


def test_a_head_is_answered_without_content(port: int) -> None:
    sock = connect(port, "HEAD /up HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    with sock, sock.makefile("rb") as file:
        head, _, content = file.read().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert content == b""
