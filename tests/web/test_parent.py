"""No process of the web server outlives the one that started it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.conftest import ENVIRONMENT
from tests.service import children_of, find_port, wait_until, with_suppressed

PROCESSES = 2


class Web:
    """``petition web`` as a process of its own; it needs no database to be alive."""

    def __init__(self, folder: Path) -> None:
        self.port = find_port()
        self.log = folder / "web.log"
        environment = ENVIRONMENT | {
            "PETITION_DATA_DIR": str(folder / "var"),
            "PETITION_PORT": str(self.port),
            "PETITION_WEB_WORKERS": str(PROCESSES),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "petition", "web"],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children: list[psutil.Process] = []

    def find_children(self) -> bool:
        """Return whether all its processes are there, and remember them."""
        self.children = children_of(self.process.pid)
        return len(self.children) >= PROCESSES

    def answers(self) -> bool:
        """Return whether anybody on its port does."""
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """Kill the parent alone, as the system does that is out of memory."""
        self.process.kill()
        self.process.wait()

    def is_gone(self) -> bool:
        """Return whether nothing that it started runs any more."""
        return not any(lives(child) for child in self.children)


def lives(process: psutil.Process) -> bool:
    """Return whether it runs; one that nobody has waited for yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    started = Web(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    for child in started.children:
        with_suppressed(child.kill)
    print(started.log.read_text()[-2000:])  # noqa: T201


def test_a_killed_parent_leaves_nobody_on_the_port(web: Web) -> None:
    wait_until(web.answers, 60, "the pages")
    assert web.find_children()

    web.kill()

    wait_until(web.is_gone, 30, "its processes to end")
    assert not web.answers()
    assert "web.parent_gone" in web.log.read_text()


def test_a_parent_that_is_killed_before_its_processes_serve_leaves_none(web: Web) -> None:
    wait_until(web.find_children, 60, "its processes")
    begun = [child.pid for child in web.children]

    web.kill()

    wait_until(web.is_gone, 60, "its processes to end")
    assert begun and not any(lives(child) for child in web.children)
    assert not web.answers()
