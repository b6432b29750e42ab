"""A real S3-compatible server on loopback, and a front that checks signatures and breaks things.

- The server is localbucket in a process of its own, which can be killed and started again.
- It checks no signatures, so the front does, by an implementation of its own (AWS Signature Version
  4, "Create a signed AWS API request"), before it passes a request on.
"""

import hashlib
import hmac
import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import requests

from tests.service import find_port, wait_until

BUCKET = "letters-of-tests"
KEY_ID = "AKIDFORTESTS"
SECRET = "secret/with+signs="
REGION = "eu-test-1"


class BucketServer:
    """localbucket with one bucket, at the same port each time that it is started."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = find_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Where the objects of the bucket lie."""
        return self.root / BUCKET

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "localbucket", str(self.root), "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, 20, "the object store")

    def kill(self) -> None:
        """End it without a warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def list_keys(self) -> list[str]:
        """Return the keys of the bucket."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in files)

    def _answers(self) -> bool:
        try:
            return requests.head(f"{self.endpoint}/{BUCKET}", timeout=1).ok
        except requests.RequestException:
            return False


@contextmanager
def bucket_server(root: Path) -> Iterator[BucketServer]:
    """Run one as long as the block lasts."""
    server = BucketServer(root)
    try:
        server.start()
        yield server
    finally:
        server.kill()


class Front(ThreadingHTTPServer):
    """Stands before a server: what it does wrong is set by a test.

    - ``statuses``: answered in turn instead of passing requests on; a code may stand beside it.
    - ``strips_condition``: If-None-Match is not passed on, so what is there is written over.
    - ``cuts``: so many answers break off in the middle. ``drips``: seconds between two bytes.
    - ``asked``: method and path of each request.
    """

    daemon_threads = True

    def __init__(self, backend: BucketServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend = backend
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.statuses: list[tuple[int, str]] = []
        self.strips_condition = False
        self.cuts = 0
        self.drips = 0.0
        self.asked: list[str] = []


@contextmanager
def front(backend: BucketServer) -> Iterator[Front]:
    """Run one as long as the block lasts."""
    server = Front(backend)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        if not self._is_signed(body):
            self._answer(403, [], _write_error("SignatureDoesNotMatch"))
        elif self.server.statuses:
            status, code = self.server.statuses.pop(0)
            extra = [("Location", "http://127.0.0.1:9/elsewhere")] if 300 <= status < 400 else []
            self._answer(status, extra, _write_error(code))
        else:
            self._answer(*self._pass_on(body))

    do_PUT = do_HEAD = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = dict(self.headers)
        if self.server.strips_condition:
            headers.pop("If-None-Match", None)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.backend.port, timeout=5)
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:
            return 503, [], _write_error("ServiceUnavailable")
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        skipped = ("connection", "date", "server", "transfer-encoding")
        for name, value in headers:
            if name.lower() not in skipped and (name.lower() != "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.server.cuts and body:
            self.server.cuts -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif self.server.drips:
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.drips)
        else:
            self.wfile.write(body)

    def _is_signed(self, body: bytes) -> bool:
        """Return whether the request is signed with the secret, and its body is the signed one."""
        said = self.headers.get("Authorization", "")
        fields = dict(
            part.strip().split("=", 1)
            for part in said.removeprefix("AWS4-HMAC-SHA256 ").split(",")
            if "=" in part
        )
        scope = fields.get("Credential", "").split("/")
        digest = self.headers.get("x-amz-content-sha256", "")
        if scope[:1] != [KEY_ID] or scope[2:] != [REGION, "s3", "aws4_request"]:
            return False
        if digest != hashlib.sha256(body).hexdigest():
            return False
        names = fields["SignedHeaders"].split(";")
        found = urlsplit(self.path)
        asked = "\n".join(
            [
                self.command,
                found.path,
                "&".join(sorted(found.query.split("&"))) if found.query else "",
                *(f"{name}:{' '.join(self.headers[name].split())}" for name in names),
                "",
                ";".join(names),
                digest,
            ]
        )
        moment = self.headers["x-amz-date"]
        text = "\n".join(
            [
                "AWS4-HMAC-SHA256",
                moment,
                "/".join(scope[1:]),
                hashlib.sha256(asked.encode()).hexdigest(),
            ]
        )
        key = f"AWS4{SECRET}".encode()
        for part in scope[1:]:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(
            hmac.digest(key, text.encode(), "sha256").hex(), fields["Signature"]
        )


def _write_error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>not for a log</Message></Error>".encode()
