"""Each process of the background says in the database that it runs, whatever happens around it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from rq import Worker
from sqlalchemy import select

from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage, get_queues
from petition.health.findings import Fault
from petition.health.process_check import check_processes
from petition.models import Process, ProcessRole
from petition.processes import liveness
from petition.processes.intervals import LATE_SECONDS
from petition.processes.liveness import keep_beating
from petition.processes.process_rows import (
    RunningProcess,
    count_schedulers,
    count_workers,
    forget_processes,
    list_processes,
)
from tests.forked import Forked
from tests.processes.rows import EVERY_STAGE, NO_PID, add_all, add_process
from tests.service import wait_until

Running = subprocess.Popen[bytes] | Forked

LATE = LATE_SECONDS + 1
NOWHERE = ("sqlite:////nowhere/hundredth.sqlite3", "postgresql+psycopg://x@127.0.0.1:1/x")
HOST = socket.gethostname()
STARTS_SECONDS = 60.0


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Running]]:
    """Start a role as a process of its own; what is left of them is killed.

    - A worker is truly started, other roles are forked.
    """
    started: list[Running] = []

    def begin(role: str, *stages: str) -> Running:
        command, surroundings = ["-m", "petition", role, *stages], os.environ | environment
        process: Running
        if role == "worker":
            process = subprocess.Popen(
                [sys.executable, *command], env=surroundings, stdin=subprocess.DEVNULL
            )
        else:
            process = Forked(command, surroundings)
        started.append(process)
        wait_until(lambda: find(process.pid) is not None, STARTS_SECONDS, "its row")
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def read() -> list[RunningProcess]:
    db.session.rollback()
    return list_processes(db.session())


def find(pid: int) -> RunningProcess | None:
    return next((process for process in read() if process.pid == pid), None)


def fall_silent(pid: int) -> None:
    """Let the row of a process be as old as one that nobody has written to for LATE seconds."""
    with transaction() as session:
        row = session.scalars(select(Process).where(Process.pid == pid)).one()
        row.beat_at -= timedelta(seconds=LATE)


def read_fault() -> str:
    with pytest.raises(Fault) as raised:
        check_processes()
    return raised.value.found


@pytest.mark.own_database
def test_a_worker_is_known_without_redis_until_it_ends(
    context: AppContext, start: Callable[..., Running]
) -> None:
    worker = start("worker", "count", "mail")
    wait_until(lambda: Worker.count(connection=get_queues().redis) > 0, 30, "its signal handlers")
    get_queues().redis.flushdb()

    (found,) = read()

    assert (found.role, found.stages, found.host) == ("worker", ("count", "mail"), HOST)
    assert not found.late
    assert count_workers([found])[Stage.COUNT] == 1
    assert count_workers([found])[Stage.RENDER] == 0
    time.sleep(0.5)  # they are there by now
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(STARTS_SECONDS) == 0
    assert read() == []


@pytest.mark.own_database
def test_a_killed_scheduler_of_two_is_named_and_replaced_by_the_next(
    context: AppContext, start: Callable[..., Running]
) -> None:
    killed, other = start("scheduler"), start("scheduler")
    killed.kill()
    killed.wait()
    fall_silent(killed.pid)

    assert f"scheduler on {HOST} (process {killed.pid})" in read_fault()
    assert str(other.pid) not in read_fault()
    third = start("scheduler")

    assert find(killed.pid) is None
    assert find(other.pid) is not None
    assert find(third.pid) is not None
    assert count_schedulers(read()) == 2


def test_a_row_that_was_taken_away_comes_back_and_beats(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "BEAT_SECONDS", 0.05)
    with app.app_context():
        with keep_beating(get_settings().database_url, ProcessRole.WORKER, [Stage.COUNT]):
            with transaction() as session:
                session.delete(session.scalars(select(Process)).one())
            wait_until(lambda: find(os.getpid()) is not None, 20, "its row")
            fall_silent(os.getpid())
            wait_until(lambda: not read()[0].late, 20, "its beat")
        assert read() == []


@pytest.mark.parametrize("url", NOWHERE)
def test_a_database_that_is_away_stops_nobody(url: str) -> None:
    done = []
    with keep_beating(url, ProcessRole.WORKER, [Stage.COUNT]):
        done.append(True)

    assert done


def test_forks_in_the_middle_of_beats_work_on_and_take_no_row(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As RQ forks for each job: a child with half a beat would hang, or end its parent's row."""
    monkeypatch.setattr(liveness, "BEAT_SECONDS", 0.001)
    with app.app_context():
        url = get_settings().database_url
        with keep_beating(url, ProcessRole.WORKER, [Stage.COUNT]):
            for _ in range(40):
                assert end_in_fork(url) == 0
            assert find(os.getpid()) is not None


def end_in_fork(url: str) -> int:
    """Return the exit code of a fork that beats for itself; -1 for one that hangs."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with keep_beating(url, ProcessRole.SCHEDULER):
                code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -1


def test_who_starts_takes_the_place_of_one_that_was_killed(context: AppContext) -> None:
    url = get_settings().database_url
    with transaction() as session:
        here = [add_process(session, silent=2, host=HOST, pid=NO_PID + n).key for n in range(2)]
        late = add_process(session, silent=LATE, host="two.example").key
        heard = add_process(session, silent=2, host="three.example").key
        other = add_process(session, silent=LATE, host=HOST, stages="mail").key

    found = []
    for _ in range(3):
        with keep_beating(url, ProcessRole.WORKER, EVERY_STAGE.split()):
            found.append(set(read_keys()))

    assert [len(keys & set(here)) for keys in found] == [1, 0, 0]
    assert [late in keys for keys in found] == [True, True, False]
    assert {heard, other} <= found[2]


def read_keys() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Process.key)))


def test_each_kind_of_want_is_a_finding_of_its_own(context: AppContext) -> None:
    assert read_fault() == "no worker listens to " + ", ".join(Stage)
    with transaction() as session:
        add_process(session, silent=-3600)
    assert read_fault() == "no scheduler runs"
    with transaction() as session:
        add_all(session)

    assert check_processes() == "2 workers and 1 scheduler run"


def test_the_killed_are_forgotten_after_a_day(context: AppContext) -> None:
    with transaction() as session:
        add_process(session, silent=24 * 3600 - 60)
        add_process(session, silent=24 * 3600 + 60)

    assert forget_processes() == 1
    assert len(read()) == 1
