"""What checks found last: each is made again and again in a thread of its own, while somebody asks.

Who asks is told at once, whatever a check is waiting for: a mute mail server, a stalled disk.
"""

import threading
import time
from collections.abc import Iterable

from flask import Flask

from petition.health.findings import Check, Finding, look

# Nobody asked for so long: nothing is looked at until somebody does.
IDLE_SECONDS = 60.0


class Watch:
    """One check, looked after in the background from the first question on.

    - ``every``: seconds from one look's end to the next.
    - ``patience``: seconds after which a look that has not ended is a fault.
    """

    def __init__(self, app: Flask, name: str, check: Check, every: float, patience: float) -> None:
        self.name = name
        self._app = app
        self._check = check
        self._every = every
        self._patience = patience
        self._changed = threading.Condition()
        self._finding: Finding | None = None
        self._found_at = 0.0
        self._began_at: float | None = None
        self._asked_at = 0.0
        self._began_watching_at = 0.0
        self._runs = False

    def ask(self) -> None:
        """Have the check made from now on; returns at once."""
        with self._changed:
            self._asked_at = time.monotonic()
            if not self._runs:
                self._runs = True
                self._began_watching_at = self._asked_at
                self._finding = None  # it is of the time before everybody was away
                threading.Thread(target=self._run, name=f"watch-{self.name}", daemon=True).start()

    def read(self, seconds: float) -> tuple[Finding | None, float]:
        """Return what was found last, and how many seconds ago.

        - None where nothing was found yet. The first finding is waited for, by whoever asks within
          so many ``seconds`` of the first question, and no longer.
        """
        with self._changed:
            left = self._began_watching_at + seconds - time.monotonic()
            self._changed.wait_for(lambda: self._finding is not None, max(0.0, left))
            now = time.monotonic()
            if self._began_at is not None and now - self._began_at > self._patience:
                late = f"no answer within {self._patience:g} s"
                remedy = "Look at its load and the way to it."
                return Finding(self.name, False, late, remedy), 0.0
            return self._finding, now - self._found_at if self._finding is not None else 0.0

    def _run(self) -> None:
        while True:
            with self._changed:
                if time.monotonic() - self._asked_at > IDLE_SECONDS:
                    self._runs = False
                    return
                self._began_at = time.monotonic()
            finding = look(self._app, self.name, self._check)
            with self._changed:
                self._finding, self._found_at = finding, time.monotonic()
                self._began_at = None
                self._changed.notify_all()
            time.sleep(self._every)


def read_all(watches: Iterable[Watch], seconds: float) -> list[tuple[str, Finding | None, float]]:
    """Return the name, last finding and age of each, as ``Watch.read`` does."""
    return [(watch.name, *watch.read(seconds)) for watch in watches]
