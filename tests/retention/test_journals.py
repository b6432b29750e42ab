"""Old lines leave the journals whole: none that is written meanwhile is lost."""

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from petition.journals import line_files
from petition.journals.handovers import find_log
from petition.journals.line_files import append_line, drop_lines
from petition.signers.erasure_log import find_journal
from tests.retention.world import DAYS, add_handover, add_journal, erase_kind

OLD = timedelta(days=DAYS["journals"], minutes=1)
YOUNG = timedelta(days=DAYS["journals"] - 1)


def append_many(path: Path, name: str, number: int) -> None:
    for count in range(number):
        append_line(path, f"{name} {count}")


def test_of_both_files_the_old_lines_go_and_damaged_ones_stay(limited: Flask) -> None:
    for ago in (OLD, YOUNG, OLD):
        add_journal(ago)
        add_handover(ago)
    for path in (find_journal(), find_log()):
        append_line(path, "damaged")
    kept = [path.read_text().splitlines()[1:2] for path in (find_journal(), find_log())]

    assert erase_kind("journals") == 4

    for path, young in zip((find_journal(), find_log()), kept, strict=True):
        assert path.read_text().splitlines() == [*young, "damaged"]
        assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in find_log().parent.glob("*.log*")].count("handovers.log") == 1


def test_no_line_that_is_written_meanwhile_is_lost(tmp_path: Path) -> None:
    path, number = tmp_path / "handovers.log", 150
    writers = [
        multiprocessing.get_context("spawn").Process(target=append_many, args=(path, name, number))
        for name in ("a", "b")
    ]
    append_line(path, "old 0")
    for writer in writers:
        writer.start()
    dropped = 0
    while any(writer.is_alive() for writer in writers):
        dropped += drop_lines(path, lambda line: line.startswith("old"))
        append_line(path, "old 1")
    for writer in writers:
        writer.join()

    lines = [line for line in path.read_text().splitlines() if not line.startswith("old")]
    assert dropped > 1
    assert sorted(lines) == sorted(f"{name} {count}" for name in "ab" for count in range(number))


def test_a_crash_before_the_rename_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "decisions.log"
    for line in ("old", "young"):
        append_line(path, line)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(line_files.os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        drop_lines(path, lambda line: line == "old")

    assert path.read_text() == "old\nyoung\n"
    assert list(tmp_path.iterdir()) == [path]


def test_of_no_file_nothing_is_dropped(tmp_path: Path) -> None:
    assert drop_lines(tmp_path / "none", lambda line: True) == 0
    assert list(tmp_path.iterdir()) == []
