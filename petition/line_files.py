"""Files that only grow, by whole lines: what is written is on the disk, or an error says not."""

import os
from collections.abc import Iterator
from pathlib import Path

from petition.errors import StorageUnavailable


def append_line(path: Path, line: str) -> None:
    """Append a line and flush it to the disk; raises StorageUnavailable where it is not whole.

    - What a full disk has cut short is taken back where that can be done; else the next line begins
      with a line break, so that it can be read all the same.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from None
    try:
        _write_whole(handle, line)
        os.fsync(handle)
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from None
    finally:
        os.close(handle)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file without their ends; nothing where there is no file yet."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield line.rstrip("\n")


def _write_whole(handle: int, line: str) -> None:
    size = os.fstat(handle).st_size
    broken = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
    content = f"{chr(10) if broken else ''}{line}\n".encode()
    written = os.write(handle, content)
    while written < len(content):
        more = os.write(handle, content[written:])
        if more == 0:
            raise OSError("nothing was written")
        written += more
