"""``make audit`` beside a service on loopback that answers as OSV does, or does not answer."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.packaging.test_locks import ROOT

LOCK = (
    f"attrs==26.1.0 \\\n    --hash=sha256:{'0' * 64}\nidna==3.20 \\\n    --hash=sha256:{'1' * 64}\n"
)
Answer = Callable[[str], object]


def answer_advisory(name: str) -> object:
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
    }
    return {"vulns": [{"id": "PYSEC-2026-1", "summary": "An invented one", "affected": [affected]}]}


@contextmanager
def serve(answer: Answer) -> Iterator[str]:
    """Serve what ``answer`` gives for a package: JSON, a status, or None for no answer ever."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = answer(body["package"]["name"])
            if given is None:
                ended.wait(60)
                return
            self.send_response(given if isinstance(given, int) else 200)
            self.end_headers()
            self.wfile.write(json.dumps(given).encode())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def audit(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    lock = folder / "lock.txt"
    lock.write_text(LOCK)
    words = ["--osv-url", url, "--timeout", "2", str(lock)]
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "audit.py"), *words],
        env=os.environ | {"NO_PROXY": "127.0.0.1", "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def assert_nothing_checked(done: subprocess.CompletedProcess[str], why: str) -> None:
    """One line that says so, why, and what to do, without the errors of a library."""
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"audit: NOTHING WAS CHECKED: {why}")
    assert 'make audit ARGS="--osv-url URL"' in line
    assert "Error" not in line and "requests" not in line
    assert done.stdout == ""


def test_packages_without_advisories_are_told_as_checked(tmp_path: Path) -> None:
    with serve(lambda name: answer_advisory(name) if name == "pyyaml" else {}) as url:
        done = audit(url, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "2 packages of lock.txt checked, 0 advisories known" in done.stdout


def test_a_vulnerable_package_is_named_with_what_mends_it(tmp_path: Path) -> None:
    with serve(lambda name: answer_advisory(name) if name in ("pyyaml", "idna") else {}) as url:
        done = audit(url, tmp_path)

    assert done.returncode == 1, done.stderr
    assert "VULNERABLE idna==3.20: PYSEC-2026-1 (mended in 99.1)" in done.stdout
    assert "attrs" not in done.stdout


def test_a_service_that_knows_nothing_gives_no_all_clear(tmp_path: Path) -> None:
    with serve(lambda name: {}) as url:
        done = audit(url, tmp_path)

    assert_nothing_checked(done, "the service knows no advisory for pyyaml==5.3")


def test_a_service_that_fails_gives_no_all_clear(tmp_path: Path) -> None:
    with serve(lambda name: 500) as url:
        assert_nothing_checked(audit(url, tmp_path), "127.0.0.1 answered with an error.")


def test_a_service_that_fails_half_way_gives_no_all_clear(tmp_path: Path) -> None:
    with serve(lambda name: {"pyyaml": answer_advisory(name), "attrs": {}}.get(name, 500)) as url:
        assert_nothing_checked(audit(url, tmp_path), "127.0.0.1 answered with an error.")


def test_a_service_that_hangs_gives_no_all_clear(tmp_path: Path) -> None:
    with serve(lambda name: None) as url:
        assert_nothing_checked(audit(url, tmp_path), "127.0.0.1 gave no answer in time.")


def test_no_service_gives_no_all_clear(tmp_path: Path) -> None:
    with serve(lambda name: {}) as url:
        pass

    assert_nothing_checked(audit(url, tmp_path), "127.0.0.1 could not be reached.")


def test_a_service_without_an_address_gives_no_all_clear(tmp_path: Path) -> None:
    done = audit("https://osv.example/v1/query", tmp_path)

    assert_nothing_checked(done, "osv.example ")
