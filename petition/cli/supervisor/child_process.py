"""One child process of the foreground command: started, restarted, and ended with its parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

PR_SET_PDEATHSIG = 1  # linux/prctl.h
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 15.0


@dataclass(slots=True)
class Pause:
    """The delay before a restart, which doubles while the process keeps dying soon."""

    started: float = 0.0
    again_at: float = 0.0
    seconds: float = SHORTEST_PAUSE

    def begin(self) -> None:
        """Start the delay."""
        now = time.monotonic()
        if now - self.started > LONGEST_PAUSE:
            self.seconds = SHORTEST_PAUSE
        self.again_at = now + self.seconds
        self.seconds = min(self.seconds * 2, LONGEST_PAUSE)

    def is_over(self) -> bool:
        """Return whether the delay has passed."""
        return time.monotonic() >= self.again_at


@dataclass(slots=True)
class Child:
    """One child process in a session of its own, with all processes that it has started."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    pause: Pause = field(default_factory=Pause)

    def spawn(self) -> None:
        """Start the process."""
        self.pause.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  our own command line
            self.command,
            stdin=subprocess.DEVNULL,
            # The terminal's Ctrl-C is then sent to this process only, which stops all.
            start_new_session=True,
            preexec_fn=partial(_die_with_parent, os.getpid()) if sys.platform == "linux" else None,
        )

    def end_group(self) -> None:
        """Kill all remaining processes of its process group."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _die_with_parent(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before prctl()
        os._exit(1)
