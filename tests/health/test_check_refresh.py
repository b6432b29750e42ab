"""What a check found last is told at once, however long the check takes."""

import threading
import time

import pytest
from flask import Flask

from petition.health import check_refresh
from petition.health.check_refresh import Watch, read_all
from petition.health.findings import Fault, Finding
from tests.service import wait_until

EVERY = 0.05
LONG = 20.0


def read(watch: Watch, seconds: float = LONG) -> tuple[Finding | None, float]:
    watch.ask()
    return watch.read(seconds)


def test_the_first_finding_is_waited_for_and_the_next_are_not() -> None:
    looks: list[int] = []

    def check() -> str:
        looks.append(threading.get_ident())
        return str(len(looks))

    watch = Watch(Flask(__name__), "part", check, EVERY, LONG)

    first, _ = read(watch)
    wait_until(lambda: len(looks) > 2, LONG, "further looks")
    later, age = read(watch, 0)

    assert first == Finding("part", True, "1")
    assert later is not None
    assert int(later.found) > 1
    assert age < LONG
    assert set(looks) != {threading.get_ident()}


def test_a_check_that_hangs_holds_nobody_and_is_a_fault_in_time() -> None:
    ended = threading.Event()
    threads = threading.active_count()

    def check() -> str:
        ended.wait(LONG)
        return "done"

    watch = Watch(Flask(__name__), "part", check, EVERY, 0.3)
    began = time.monotonic()
    none, _ = read(watch, 0)
    told_in = time.monotonic() - began
    time.sleep(0.5)
    late, _ = read(watch, 0)
    for _ in range(10):
        watch.ask()
    started = threading.active_count() - threads
    ended.set()

    assert none is None
    assert told_in < LONG / 2
    assert late is not None
    assert (late.ok, late.found) == (False, "no answer within 0.3 s")
    assert started == 1
    wait_until(lambda: (found := read(watch, 0)[0]) is not None and found.ok, LONG, "its end")


def test_faults_are_told_as_they_are_found() -> None:
    def check() -> str:
        raise Fault("broken", "Mend it.")

    watch = Watch(Flask(__name__), "part", check, EVERY, LONG)
    watch.ask()

    assert read_all([watch], LONG)[0][:2] == ("part", Finding("part", False, "broken", "Mend it."))


def test_nobody_looks_while_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_refresh, "IDLE_SECONDS", 0.2)
    looks: list[int] = []

    def check() -> str:
        looks.append(1)
        return str(len(looks))

    watch = Watch(Flask(__name__), "part", check, EVERY, LONG)
    read(watch)
    time.sleep(1)
    before = len(looks)
    time.sleep(0.5)
    quiet = len(looks) == before
    again, _ = read(watch)

    assert quiet
    assert again is not None
    assert int(again.found) > before
