"""Work that is done again and again in a thread beside what a process does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from petition.core.logs import get_logger

log = get_logger(__name__)


@contextmanager
def keep_repeating(
    name: str, work: Callable[[], object], every: float, first: float | None = None
) -> Iterator[None]:
    """Do ``work`` every so many seconds, in a thread, as long as the block lasts.

    - ``first``: seconds until it is done for the first time; None: ``every``.
    - One that fails is logged by its class, and the next is done all the same.
    """
    stopped = threading.Event()

    def run() -> None:
        pause = every if first is None else first
        while not stopped.wait(pause):
            pause = every
            try:
                work()
            except Exception as error:
                log.warning("work.put_off", work=name, error=type(error).__name__)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        yield
    finally:
        stopped.set()
