"""Checks stand apart from each other, keep to their time and say nothing they should not."""

import time

from flask import Flask

from petition.health.findings import CachedValue, Fault, Finding, run_checks


def raise_fault() -> str:
    raise Fault("it is off", "Switch it on.")


def raise_secret() -> str:
    raise ValueError("postgresql://user:password@host")


def sleep_long() -> str:
    time.sleep(30)
    return "late"


def test_each_check_has_its_own_finding_in_order() -> None:
    findings = run_checks(Flask(__name__), {"a": lambda: "fine", "b": raise_fault}, 5)

    assert findings == [
        Finding("a", True, "fine"),
        Finding("b", False, "it is off", "Switch it on."),
    ]


def test_a_check_that_hangs_holds_up_nobody() -> None:
    started = time.monotonic()

    findings = run_checks(Flask(__name__), {"slow": sleep_long, "quick": lambda: "fine"}, 0.3)

    assert time.monotonic() - started < 5
    assert [finding.ok for finding in findings] == [False, True]
    assert "no answer within 0.3 s" in findings[0].found


def test_an_error_that_nobody_foresaw_is_named_and_not_quoted() -> None:
    (finding,) = run_checks(Flask(__name__), {"odd": raise_secret}, 5)

    assert not finding.ok
    assert "ValueError" in finding.found
    assert "password" not in finding.found + finding.remedy


def test_an_answer_is_kept_for_its_time() -> None:
    asked: list[int] = []

    def read() -> int:
        asked.append(1)
        return len(asked)

    kept = CachedValue(0.2, read)

    assert [kept.get(), kept.get()] == [1, 1]
    time.sleep(0.25)
    assert kept.get() == 2
