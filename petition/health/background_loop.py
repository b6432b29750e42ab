"""A function that is called periodically in a background thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from petition.core.logs import get_logger

log = get_logger(__name__)


@contextmanager
def keep_repeating(
    name: str, work: Callable[[], object], every: float, first: float | None = None
) -> Iterator[None]:
    """Call ``work`` every ``every`` seconds in a thread until the block ends.

    - ``first``: seconds until the first call; None: ``every``.
    - An exception is logged by its class name, and the calls go on.
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
