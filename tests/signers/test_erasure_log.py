"""The journal of decisions: a line is there whole, or the decision is refused."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.ctx import AppContext
from hypothesis import given
from hypothesis import strategies as st

from petition.core.errors import StorageUnavailable
from petition.core.extensions import db
from petition.health.findings import Fault
from petition.health.host_checks import check_disk
from petition.models import Signature
from petition.signers import erasure_log
from petition.signers.erasure_log import Decision, Line, find_journal, read_journal, write_down
from petition.signers.withdraw import erase_signature
from tests.cli.runner import run
from tests.notifications.conftest import sign_one

MARK = "0123456789abcdef" * 2
# Python ignores SIGXFSZ, so a file at its limit takes a part and then nothing: as a full disk does.
FILL = """
import os, resource, sys
from pathlib import Path
from petition.signers import erasure_log as journal
from petition.core.errors import StorageUnavailable
path, room = Path(sys.argv[1]), int(sys.argv[2])
journal.find_journal = lambda: path
size = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))
try:
    journal.write_down(journal.Decision.ERASED, 2, "ab" * 16)
except StorageUnavailable:
    print("refused")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.write_down(journal.Decision.ERASED, 3, "cd" * 16)
"""


def make_text(number: int, decision: Decision = Decision.ERASED) -> str:
    at = datetime(2026, 11, 28, 12, 0, number % 60, 123456, tzinfo=UTC)
    return f"{at.isoformat()} {decision} {number} {MARK}\n"


def read(text: str) -> tuple[list[int], list[int]]:
    """Return the signatures of the decisions that are read, and the damaged lines."""
    damaged: list[int] = []
    found = [line.signature_id for line in read_journal(text.splitlines(True), damaged)]
    return found, damaged


@pytest.mark.parametrize("room", [0, 1, 40, 70])
def test_on_a_full_disk_a_decision_is_refused_and_the_next_one_is_whole(
    tmp_path: Path, room: int
) -> None:
    path = tmp_path / "decisions.log"
    path.write_text(make_text(1))

    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path), str(room)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "refused\n"
    assert read(path.read_text()) == ([1, 3], [])


def test_who_is_not_written_down_is_not_erased(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature_id = sign_one()
    find_journal().mkdir()

    with pytest.raises(StorageUnavailable):
        erase_signature(signature_id)

    db.session.rollback()
    assert db.session.get_one(Signature, signature_id).person is not None


def test_a_line_after_a_piece_begins_on_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "decisions.log"
    monkeypatch.setattr(erasure_log, "find_journal", lambda: path)
    path.write_text(make_text(1) + make_text(2)[:50])

    write_down(Decision.WITHDRAWN, 3, MARK)

    assert read(path.read_text()) == ([1, 3], [2])


def test_those_who_write_at_once_write_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "decisions.log"
    monkeypatch.setattr(erasure_log, "find_journal", lambda: path)
    threads = [
        Thread(target=write_down, args=(Decision.ERASED, number, MARK)) for number in range(1, 21)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found, damaged = read(path.read_text())
    assert (sorted(found), damaged) == (list(range(1, 21)), [])


@given(st.lists(st.integers(0, 95), min_size=1, max_size=6))
def test_a_decision_glued_to_a_piece_of_another_is_read(cuts: list[int]) -> None:
    text = "".join(make_text(9)[:cut] + make_text(number) for number, cut in enumerate(cuts, 1))

    found, damaged = read(text)

    assert [number for number in found if number != 9] == list(range(1, len(cuts) + 1))
    assert len(damaged) == sum(0 < cut < len(make_text(9)) for cut in cuts)


@given(st.text(max_size=200))
def test_nothing_else_is_read_as_a_decision_or_breaks_the_reader(text: str) -> None:
    for line in read_journal([text, make_text(1)], []):
        assert isinstance(line, Line)


@pytest.mark.parametrize(
    "text",
    [
        make_text(1).replace(" 1 ", f" {2**63} "),
        make_text(1).replace(" 1 ", " 0 "),
        make_text(1).replace(" erased ", " undone "),
        make_text(1).replace("+00:00", ""),
        make_text(1).replace("11-28", "13-28"),
        make_text(1)[:-2] + "\n",
    ],
)
def test_what_is_no_decision_is_damaged(text: str) -> None:
    assert read(text) == ([], [1])


def test_damaged_lines_are_told_by_replay_and_by_the_doctor(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    with app.app_context():
        find_journal().write_bytes(make_text(1).encode() + b"2026-\xff\xfe\n" + b"x\n")
        with pytest.raises(Fault, match="2 lines are damaged"):
            check_disk()

    result = run(app, "signatures", "replay")

    assert result.exit_code == 0
    assert "2 lines are damaged (2, 3)" in result.output
    with app.app_context():
        find_journal().write_text(make_text(1))
        assert "MiB free" in check_disk() or "GiB free" in check_disk()
