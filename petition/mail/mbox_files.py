"""The messages of files as mail servers and mail programs keep them.

- A file is one message, or an mbox: any number, each begun by a line "From ... 10:00:00 2026".
- A folder is a maildir (``new`` and ``cur``, with the folders of Maildir++ such as ``.Junk`` in
  it) or holds a file for each message.
- Nothing is deleted. What is new in a maildir is moved to what was seen once it is dealt with, as
  every mail program does.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from petition.mail.reports import LARGEST

CHUNK = 64 * 1024  # bytes of a line that are looked at together
Done = Callable[[], object]
# RFC 4155; Postfix, Exim, Dovecot and Mozilla write it each in their own way.
_POSTMARK = re.compile(rb"From .*\b\d{1,2}:\d\d\b")
_QUOTED_FROM = re.compile(rb">+From ")


def leave() -> None:
    """Leave a message where it is."""


def open_messages(path: Path) -> Iterator[tuple[bytes, Done]]:
    """Yield each message of a file or folder, and what to do once it is dealt with.

    - At most the first MiB of each. Raises OSError where there is no such file or folder.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            yield from ((content, leave) for content in split_messages(file))
    elif is_maildir(path):
        yield from _open_maildir(path)
        for folder in sorted(path.iterdir()):
            if folder.name.startswith(".") and is_maildir(folder):
                yield from _open_maildir(folder)
    else:
        for file_path in _list_files(path):
            yield from _open_file(file_path)


def is_maildir(path: Path) -> bool:
    """Return whether a folder is a maildir, whole or in part."""
    return (path / "new").is_dir() or (path / "cur").is_dir()


def split_messages(file: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a file: those of an mbox, else the whole as one."""
    first = file.readline(LARGEST)
    if not _POSTMARK.match(first):
        yield first + file.read(max(LARGEST - len(first), 0))
        return
    kept, size, blank = [b""], 0, False
    while line := file.readline(CHUNK):
        if blank and _POSTMARK.match(line):
            yield b"".join(kept)
            kept, size, blank = [], 0, False
            continue
        blank = not line.strip(b"\r\n")
        if size < LARGEST:
            kept.append(line[1:] if _QUOTED_FROM.match(line) else line)
            size += len(line)
    yield b"".join(kept)


def _open_maildir(path: Path) -> Iterator[tuple[bytes, Done]]:
    for file in _list_files(path / "cur"):
        yield from _open_file(file)
    for file in _list_files(path / "new"):
        seen = path / "cur" / f"{file.name}:2,S"
        for content, _ in _open_file(file):
            yield content, partial(_move, file, seen)


def _open_file(path: Path) -> Iterator[tuple[bytes, Done]]:
    """Nothing, where a mail program has moved the file in between."""
    try:
        with path.open("rb") as file:
            found = list(split_messages(file))
    except FileNotFoundError:
        return
    yield from ((content, leave) for content in found)


def _move(file: Path, seen: Path) -> None:
    seen.parent.mkdir(exist_ok=True)
    file.rename(seen)


def _list_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file())
