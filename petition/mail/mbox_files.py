"""Read messages from the files and folders that mail servers and mail programs write.

- A file is one message, or an mbox: any number of messages, each after a line "From ... 10:00:00
  2026".
- A folder is a maildir (``new`` and ``cur``, with Maildir++ folders such as ``.Junk`` in it) or
  holds a file for each message.
- Nothing is deleted. A message in ``new`` of a maildir is moved to ``cur`` and flagged as seen once
  it is processed, as mail programs do.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from petition.mail.reports import LARGEST

CHUNK = 64 * 1024  # bytes of a line that are read at once
Done = Callable[[], object]
# RFC 4155; Postfix, Exim, Dovecot and Mozilla each format the line differently.
_POSTMARK = re.compile(rb"From .*\b\d{1,2}:\d\d\b")
_QUOTED_FROM = re.compile(rb">+From ")


def leave() -> None:
    """Do nothing: the message stays where it is."""


def open_messages(path: Path) -> Iterator[tuple[bytes, Done]]:
    """Yield each message of a file or folder, with a function to call once it is processed.

    - At most the first MiB of each message. Raises OSError where there is no such file or folder.
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
    """Return whether a folder is a maildir: has ``new`` or ``cur``."""
    return (path / "new").is_dir() or (path / "cur").is_dir()


def split_messages(file: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a file: those of an mbox, else the whole file as one."""
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
    """Yield the messages of a file; none where a mail program has moved it since it was listed."""
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
