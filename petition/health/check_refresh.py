"""Checks that run periodically in a background thread, as long as their result is requested.

A request returns the last finding at once, whatever a check is waiting for, such as a mail server
that does not answer or a stalled disk.
"""

import threading
import time
from collections.abc import Iterable

from flask import Flask

from petition.health.findings import Check, Finding, run_check

# After so long without a request the check stops until the next one.
IDLE_SECONDS = 60.0


class Watch:
    """One check that runs in the background from the first request on.

    - ``every``: seconds from the end of one run to the next.
    - ``patience``: seconds after which a run that has not ended is a fault.
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
        """Start running the check, or keep it running; returns at once."""
        with self._changed:
            self._asked_at = time.monotonic()
            if not self._runs:
                self._runs = True
                self._began_watching_at = self._asked_at
                self._finding = None  # it predates the pause without requests
                threading.Thread(target=self._run, name=f"watch-{self.name}", daemon=True).start()

    def read(self, seconds: float) -> tuple[Finding | None, float]:
        """Return the last finding, and how many seconds ago it was made.

        - None where there is none yet. Waits for the first finding, until ``seconds`` after the
          first request.
        """
        with self._changed:
            left = self._began_watching_at + seconds - time.monotonic()
            self._changed.wait_for(lambda: self._finding is not None, max(0.0, left))
            now = time.monotonic()
            if self._began_at is not None and now - self._began_at > self._patience:
                late = f"no answer within {self._patience:g} s"
                remedy = "Check its load and the network to it."
                return Finding(self.name, False, late, remedy), 0.0
            return self._finding, now - self._found_at if self._finding is not None else 0.0

    def _run(self) -> None:
        while True:
            with self._changed:
                if time.monotonic() - self._asked_at > IDLE_SECONDS:
                    self._runs = False
                    return
                self._began_at = time.monotonic()
            finding = run_check(self._app, self.name, self._check)
            with self._changed:
                self._finding, self._found_at = finding, time.monotonic()
                self._began_at = None
                self._changed.notify_all()
            time.sleep(self._every)


def read_all(watches: Iterable[Watch], seconds: float) -> list[tuple[str, Finding | None, float]]:
    """Return the name, last finding and age in seconds of each, as ``Watch.read`` does."""
    return [(watch.name, *watch.read(seconds)) for watch in watches]
