"""A server on loopback that answers as the Census Bureau's does: ranges, ETags, 429, and worse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

MODIFIED = "Wed, 25 Sep 2024 12:00:00 GMT"


@dataclass
class Trouble:
    """What goes wrong with one answer: a status with headers, or a cut after so many bytes."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None


class CensusServer(ThreadingHTTPServer):
    """Serves ``files`` by path; each of ``troubles`` happens to one request, in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.troubles: list[Trouble] = []
        self.content_type = "application/zip"
        self.etag = '"1"'
        self.ranges = True
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serve() -> Iterator[CensusServer]:
    """Run a server while the block runs."""
    with CensusServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: CensusServer

    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        trouble = server.troubles.pop(0) if server.troubles else Trouble()
        content = server.files.get(self.path)
        if trouble.status is not None or content is None:
            self._send(trouble.status or 404, b"<html>no</html>", trouble.headers, "text/html")
        elif server.etag and self.headers.get("If-None-Match") == server.etag:
            self._send(304, b"", {})
        else:
            self._give(content, trouble.cut_after)

    def _give(self, content: bytes, cut_after: int | None) -> None:
        headers = {"ETag": self.server.etag, "Last-Modified": MODIFIED}
        start, status = 0, 200
        asked = self.headers.get("Range", "")
        fresh = self.headers.get("If-Range") in (None, self.server.etag, MODIFIED)
        if asked and fresh and self.server.ranges:
            start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
            if start >= len(content):
                self._send(416, b"", {})
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(status, content[start:], headers, cut_after=cut_after)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        kind: str | None = None,
        cut_after: int | None = None,
    ) -> None:
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", kind or self.server.content_type)
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut_after])
        if cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass
