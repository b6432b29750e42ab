"""Checks: functions that each verify one thing, and run in parallel with a time limit."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Generic, TypeVar

from flask import Flask
from sqlalchemy.exc import DBAPIError

from petition.core.extensions import db

T = TypeVar("T")
# Returns what was found, in a few words; raises Fault.
Check = Callable[[], str]


class Fault(Exception):
    """A check found something wrong.

    - ``remedy``: what to do about it, as a sentence.
    """

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``remedy`` is empty where there is no fault."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def skip_on_database_error(check: Check) -> Check:
    """Make a check return "not known" on a database error, which other checks report."""

    @wraps(check)
    def checked() -> str:
        try:
            return check()
        except DBAPIError:
            db.session.rollback()
            return "not known until the database is fixed"

    return checked


def run_check(app: Flask, name: str, check: Check) -> Finding:
    """Run one check and return its finding.

    - An unexpected exception is a fault named by its class only: its text could hold a password or
      personal data.
    """
    try:
        with app.app_context():
            found = check()
    except Fault as fault:
        return Finding(name, False, fault.found, fault.remedy)
    except Exception as error:  # a broken check must not hide the others
        return Finding(
            name, False, f"the check itself failed: {type(error).__name__}", "Report this."
        )
    return Finding(name, True, found)


def run_checks(app: Flask, checks: Mapping[str, Check], seconds: float) -> list[Finding]:
    """Run all checks in parallel and return their findings in order.

    - A check that has not returned within ``seconds`` is a fault; its thread is abandoned.
    """
    findings: dict[str, Finding] = {}

    def run(name: str, check: Check) -> None:
        findings[name] = run_check(app, name, check)

    threads = {
        name: threading.Thread(target=run, args=(name, check), name=f"check-{name}", daemon=True)
        for name, check in checks.items()
    }
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {seconds:g} s"
    return [
        findings.get(name) or Finding(name, False, late, "Check its load and the network to it.")
        for name in checks
    ]


class CachedValue(Generic[T]):
    """A value that is cached for a time, so that many requests at once read it once.

    - ``seconds``: how long a value is returned before it is read again.
    """

    def __init__(self, seconds: float, read: Callable[[], T]) -> None:
        self._seconds = seconds
        self._read = read
        self._lock = threading.Lock()
        self._until = 0.0
        self._answer: T | None = None

    def get(self) -> T:
        """Return the value, read again if the cached one is too old."""
        with self._lock:
            if self._answer is None or time.monotonic() >= self._until:
                self._answer = self._read()
                self._until = time.monotonic() + self._seconds
            return self._answer


def count_words(number: int, noun: str) -> str:
    """Return a number with its noun: "1 set", "2 sets"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
