"""Folders that appear whole or not at all."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from petition.core.errors import ClaimLost, Permanent, StorageUnavailable
from petition.core.files import UNFINISHED
from petition.mail import write_to_folder

FILES = {"letter.pdf": b"%PDF", "message.eml": b"Subject: x\r\n\r\n"}


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "outbox" / "7"

    assert write_to_folder(folder, FILES) is True
    assert write_to_folder(folder, FILES) is False

    assert read(folder) == FILES
    assert list((tmp_path / "outbox" / UNFINISHED).iterdir()) == []


def test_other_bytes_are_never_overwritten(tmp_path: Path) -> None:
    write_to_folder(tmp_path / "7", FILES)

    with pytest.raises(Permanent):
        write_to_folder(tmp_path / "7", FILES | {"letter.pdf": b"other"})
    with pytest.raises(Permanent):
        write_to_folder(tmp_path / "7", {"letter.pdf": FILES["letter.pdf"]})

    assert read(tmp_path / "7") == FILES


def test_nothing_appears_where_the_last_question_says_no(tmp_path: Path) -> None:
    def say_no() -> None:
        raise ClaimLost("gone")

    with pytest.raises(ClaimLost):
        write_to_folder(tmp_path / "7", FILES, say_no)

    assert not (tmp_path / "7").exists()
    assert list((tmp_path / UNFINISHED).iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", be_full)

    with pytest.raises(StorageUnavailable, match="ENOSPC"):
        write_to_folder(tmp_path / "7", FILES)

    assert not (tmp_path / "7").exists()
    assert list((tmp_path / UNFINISHED).iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_bytes(b"a file in its place")

    with pytest.raises(StorageUnavailable, match="ENOTDIR|EEXIST"):
        write_to_folder(tmp_path / "outbox" / "7", FILES)


def test_many_at_once_leave_one_whole_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write_to_folder, tmp_path / "7", FILES) for _ in range(8)]
        made = [job.result() for job in jobs]

    assert made.count(True) == 1
    assert read(tmp_path / "7") == FILES
