"""Access to the metrics, and the small server that exposes them on a separate address.

- Disabled by default: reading metrics every second would show the effect of a single form.
- With PETITION_METRICS_TOKEN: on the port of the pages, for requests with the token. With
  PETITION_METRICS_ADDRESS: only there, served by the scheduler; with both, there and with the
  token.
- The values are read from the database and Redis, so one process reports on all of them.
"""

import hmac
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST

from petition.core.logs import get_logger
from petition.core.settings import Settings
from petition.health.findings import CachedValue
from petition.health.metrics import render_metrics

PATH = "/metrics"
# So that two scrapes do not show the effect of one signature.
KEPT_SECONDS = 60.0
SLOWEST_CLIENT_SECONDS = 5.0
SCHEME = "bearer"

log = get_logger(__name__)


def keep_metrics() -> CachedValue[bytes]:
    """Return the metrics, cached for KEPT_SECONDS."""
    return CachedValue(KEPT_SECONDS, render_metrics)


def carries_token(token: str, authorization: str) -> bool:
    """Return whether an Authorization header holds the token, compared in constant time."""
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return same and scheme.lower() == SCHEME


def is_open_on_pages(settings: Settings, authorization: str) -> bool:
    """Return whether the port of the pages serves the metrics for this Authorization header."""
    if settings.metrics_address is not None or settings.metrics_token is None:
        return False
    return carries_token(settings.metrics_token, authorization)


class MetricsServer:
    """The metrics on ``PETITION_METRICS_ADDRESS``, served in threads of the scheduler."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.extensions["hundredth"]
        self._app = app
        self._address = settings.metrics_address
        self._token = settings.metrics_token
        self._kept = keep_metrics()
        self._server: _Server | None = None
        self._refused = False

    def start(self) -> None:
        """Start listening, if an address is configured and this has not been done yet.

        - An address in use is logged once and tried again at the next call; the scheduler goes on
          without metrics.
        """
        if self._address is None or self._server is not None:
            return
        try:
            self._server = _Server(self._address, self._read, self._token)
        except OSError as error:
            if not self._refused:
                log.error("metrics.not_served", error=error.strerror or type(error).__name__)
            self._refused = True
            return
        self._refused = False
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def port(self) -> int | None:
        """The port that it listens on; None while it does not listen."""
        return self._server.server_address[1] if self._server else None

    def _read(self) -> bytes:
        with self._app.app_context():
            return self._kept.get()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], read: Callable[[], bytes], token: str | None
    ) -> None:
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family, _, _, _, place = found[0]
        self.read, self.token = read, token
        super().__init__((str(place[0]), int(place[1])), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which looks up this host's name in DNS.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # The client hung up or was too slow. The default message contains its address.
        log.debug("metrics.cut")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "hundredth"
    sys_version = ""
    timeout = SLOWEST_CLIENT_SECONDS

    def do_GET(self) -> None:  # noqa: N802  the name that http.server calls
        given = self.headers.get("Authorization", "")
        token = self.server.token
        allowed = token is None or carries_token(token, given)
        if self.path.partition("?")[0] != PATH or not allowed:
            self._answer(404, b"There is nothing here.\n")
            return
        try:
            body = self.server.read()
        except Exception as error:
            log.error("metrics.failed", error=type(error).__name__)
            self._answer(500, b"The figures could not be read.\n")
            return
        self._answer(200, body, CONTENT_TYPE_LATEST)

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the default line contains the client's address."""
