"""Ends a process of the web server whose parent is gone.

granian's processes outlive a parent that was killed. They would go on serving the old code, share
the port with the next start (SO_REUSEPORT), and get half of its requests.
"""

import os
import signal
import time
from multiprocessing import parent_process
from threading import Thread

from petition.core.logs import get_logger

log = get_logger(__name__)

LOOK_SECONDS = 0.5
# What a request in hand gets to be answered; after that nothing is waited for.
GRACE_SECONDS = 5.0


def end_with_parent() -> None:
    """End this process soon after the one that started it: TERM, and KILL after GRACE_SECONDS.

    - Asked of the system twice a second: a signal by the kernel exists on Linux alone, and would
      come too early for a process that does not listen yet.
    - Does nothing in a process that no other process of Python started.
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
