"""Terminates a process of the web server whose parent has died.

granian's worker processes survive a killed parent. They would go on serving the old code, share the
port with the next server (SO_REUSEPORT), and receive half of its requests.
"""

import os
import signal
import time
from multiprocessing import parent_process
from threading import Thread

from petition.core.logs import get_logger

log = get_logger(__name__)

LOOK_SECONDS = 0.5
# The time that requests in progress get before SIGKILL.
GRACE_SECONDS = 5.0


def end_with_parent() -> None:
    """Terminate this process when its parent ends: SIGTERM, and SIGKILL after GRACE_SECONDS.

    - Polls the parent's id twice a second: a signal by the kernel (PR_SET_PDEATHSIG) exists on
      Linux only, and could come before the process handles it.
    - Does nothing in a process that was not started by ``multiprocessing``.
    """
    parent = parent_process()
    if parent is not None:
        Thread(target=_watch, args=(parent.pid,), name="parent", daemon=True).start()


def _watch(parent: int | None) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    log.warning("web.parent_gone")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
