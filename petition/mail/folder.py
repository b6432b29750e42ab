"""Writing a folder of files so that it is there whole, once and for good, or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from petition.errors import Permanent, StorageUnavailable

UNFINISHED = ".unfinished"
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)


def write_to_folder(
    folder: Path,
    files: Mapping[str, bytes],
    before_rename: Callable[[], None] = lambda: None,
    mode: int = 0o755,
) -> bool:
    """Return whether ``folder`` was made now; False when it stood there with the same bytes.

    - The files are written beside it, flushed to the disk and appear by one rename.
    - ``before_rename`` is called when all is written; if it raises, nothing appears.
    - Raises StorageUnavailable where the disk is full or the folder cannot be written, Permanent
      where other bytes stand there already.
    """
    if folder.exists():
        return _compare(folder, files)
    workshop = folder.parent / UNFINISHED / f"{folder.name}-{secrets.token_hex(8)}"
    try:
        workshop.mkdir(parents=True, mode=mode)
        for name, content in files.items():
            _write(workshop / name, content)
        _flush_folder(workshop)
        before_rename()
        os.rename(workshop, folder)
        _flush_folder(folder.parent)
    except OSError as error:
        if error.errno in _TAKEN and folder.exists():  # another process was quicker
            return _compare(folder, files)
        raise StorageUnavailable(errno.errorcode.get(error.errno or 0, "unknown")) from None
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return True


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _compare(folder: Path, files: Mapping[str, bytes]) -> bool:
    try:
        same = {path.name for path in folder.iterdir()} == set(files) and all(
            (folder / name).read_bytes() == content for name, content in files.items()
        )
    except OSError as error:
        raise StorageUnavailable(errno.errorcode.get(error.errno or 0, "unknown")) from None
    if not same:
        raise Permanent("other contents are there already")
    return False
