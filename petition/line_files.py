"""Files that only grow, by whole lines: what is written is on the disk, or an error says not."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from petition.errors import StorageUnavailable


def append_line(path: Path, line: str, *, flush: bool = True) -> None:
    """Append a line and flush it to the disk; raises StorageUnavailable where it is not whole.

    - Without ``flush`` a power cut may take it, and nothing else: no process that is killed.
    - What a full disk took of it is cut off again. Where that fails too, the next line begins on
      one of its own.
    """
    try:
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _append(handle, f"{line}\n".encode(), flush)
        finally:
            os.close(handle)
        if is_new:
            _flush_folder(path.parent)
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from None


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file without their ends; nothing where there is no file yet."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield line.rstrip("\n")


def _append(handle: int, line: bytes, flush: bool) -> None:
    """Write a whole line, or raise OSError and leave the file as it was."""
    is_alone = _lock(handle)
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line
    try:
        while line:
            line = line[os.write(handle, line) :]  # a disk that fills up takes a part
        if flush:
            os.fsync(handle)
    except OSError:
        if is_alone:
            with suppress(OSError):
                os.ftruncate(handle, size)
        raise


def _lock(handle: int) -> bool:
    """Return whether nobody else writes until the file is closed; some file systems cannot tell."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
