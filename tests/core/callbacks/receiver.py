"""A receiver of webhooks over a listening socket of loopback, which behaves as a test asks."""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from types import TracebackType
from typing import Any, Self

import pytest

from petition.core.callbacks.callback_limits import CallbackLimits

# What a receiver does with the socket of one request, once it has read it.
Behavior = Callable[[socket.socket], None]
LOOPBACK = CallbackLimits(networks=(ip_network("127.0.0.0/24"),), seconds=2.0)
# Loopback that no test allows.
PRIVATE = "127.0.9.9"


@dataclass(frozen=True)
class Received:
    """One request; the names of ``headers`` are in lower case."""

    line: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Listens on a port of its own; ``behave`` answers each request, and may be replaced.

    - ``received``: the requests that were read to their end. ``connections``: how many were made.
    """

    def __init__(
        self, behave: Behavior, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.behave = behave
        self.received: list[Received] = []
        self.connections = 0
        self._tls = tls
        self._listening = socket.create_server((host, 0))
        self.host, self.port = self._listening.getsockname()[:2]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._listening.close()

    @property
    def url(self) -> str:
        """Its address without a name."""
        return f"http://{self.host}:{self.port}/hooks"

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(accepted,), daemon=True).start()

    def _answer(self, accepted: socket.socket) -> None:
        with suppress(OSError, ValueError), accepted:
            accepted.settimeout(20)
            spoken = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            with spoken:
                self.received.append(_read(spoken))
                self.behave(spoken)


def answer(status: int, *headers: str) -> Behavior:
    """Answer with a status, and nothing else."""
    lines = [f"HTTP/1.1 {status} It", *headers, "Content-Length: 0", "", ""]
    return lambda spoken: spoken.sendall("\r\n".join(lines).encode())


def hang(spoken: socket.socket) -> None:
    """Answer nothing until the other side gives up."""
    spoken.recv(1)


def drip(spoken: socket.socket) -> None:
    """Answer byte by byte, and never come to the end of the headers."""
    spoken.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        spoken.sendall(b"a")
        threading.Event().wait(0.05)


def drip_content(spoken: socket.socket) -> None:
    """Answer 200 at once, and send the content byte by byte without an end."""
    spoken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        spoken.sendall(b"a")
        threading.Event().wait(0.05)


def resolve(patch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have name look-ups give these addresses in turn, the last ones again and again.

    - Returns the list of the names that are looked up; an address stands for itself.
    """
    asked: list[str] = []

    def look_up(host: str, port: int, *more: Any, **options: Any) -> list[Any]:
        given = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in given]

    patch.setattr(socket, "getaddrinfo", look_up)
    return asked


def _read(spoken: socket.socket) -> Received:
    head = b""
    while b"\r\n\r\n" not in head:
        part = spoken.recv(65536)
        if not part:
            raise ValueError("the request broke off")
        head += part
    text, _, body = head.partition(b"\r\n\r\n")
    line, *rest = text.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += spoken.recv(65536)
    return Received(line, headers, body)
