"""Files to which whole lines are appended: a line is on the disk, or an error is raised."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from petition.core.errors import StorageUnavailable
from petition.core.files import flush_folder, write_file


def append_line(path: Path, line: str, *, flush: bool = True) -> None:
    """Append a line and flush it to the disk; raises StorageUnavailable if it is not complete.

    - Without ``flush`` a power cut may lose it, but not the end of a process.
    - A part that a full disk accepted is truncated. If that fails too, the next call begins a new
      line.
    """
    try:
        is_new = not path.exists()
        while not _append_to(path, f"{line}\n".encode(), flush):
            pass
        if is_new:
            flush_folder(path.parent)
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from None


def drop_lines(path: Path, is_old: Callable[[str], bool]) -> int:
    """Remove the old lines from a file; return how many; raises StorageUnavailable.

    - The others are written to a new file, which replaces it by one rename under the lock: a crash
      leaves the one file or the other. Does nothing if the file system has no locks.
    """
    if not path.exists():
        return 0
    try:
        handle = os.open(path, os.O_RDWR)
        try:
            if not _lock(handle) or not _is_there(handle, path):
                return 0
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if not is_old(line.decode(errors="replace").rstrip())]
            if len(kept) < len(lines):
                write_file(path, b"".join(kept))
            return len(lines) - len(kept)
        finally:
            os.close(handle)
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from None


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file without line ends; none if the file does not exist."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield line.rstrip("\n")


def _append_to(path: Path, line: bytes, flush: bool) -> bool:
    """Append to the file at ``path``; return False if it was replaced before it was locked."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        is_alone = _lock(handle)
        if not _is_there(handle, path):
            return False
        _append(handle, line, is_alone, flush)
        return True
    finally:
        os.close(handle)


def _is_there(handle: int, path: Path) -> bool:
    """Return whether an open file is still the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _append(handle: int, line: bytes, is_alone: bool, flush: bool) -> None:
    """Write a whole line, or raise OSError and restore the file's size if it ``is_alone``."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line
    try:
        while line:
            line = line[os.write(handle, line) :]  # a nearly full disk accepts only a part
        if flush:
            os.fsync(handle)
    except OSError:
        if is_alone:
            with suppress(OSError):
                os.ftruncate(handle, size)
        raise


def _lock(handle: int) -> bool:
    """Lock the file until it is closed; return False if the file system has no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
