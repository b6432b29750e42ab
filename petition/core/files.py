"""Writes files atomically (complete or absent), readable by this user only."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from petition.core.errors import Permanent, StorageUnavailable

UNFINISHED = ".unfinished"
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)


def write_to_folder(
    folder: Path,
    files: Mapping[str, bytes],
    before_rename: Callable[[], None] = lambda: None,
) -> bool:
    """Create ``folder`` with the files; return False if it exists already with the same bytes.

    - The files are written beside it, flushed to the disk and appear by one rename.
    - ``before_rename`` is called once all is written; if it raises, the folder is not created.
    - Raises StorageUnavailable if the disk is full or the folder cannot be written, Permanent if
      the folder exists with other bytes.
    """
    if folder.exists():
        return _compare(folder, files)
    workshop = folder.parent / UNFINISHED / f"{folder.name}-{secrets.token_hex(8)}"
    try:
        make_folders(workshop)
        for name, content in files.items():
            _write(workshop / name, content)
        flush_folder(workshop)
        before_rename()
        os.rename(workshop, folder)
        flush_folder(folder.parent)
    except OSError as error:
        if error.errno in _TAKEN and folder.exists():  # another process was faster
            return _compare(folder, files)
        raise _tell(error) from None
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return True


def delete_folders(parent: Path, is_meant: Callable[[str], bool]) -> None:
    """Delete folders by name, also unfinished ones; raises StorageUnavailable.

    - ``is_meant``: whether the folder of a name is to be deleted.
    """
    try:
        for folder in (*parent.glob("*"), *(parent / UNFINISHED).glob("*")):
            if is_meant(folder.name):
                shutil.rmtree(folder)
    except OSError as error:
        raise _tell(error) from None


def write_file(path: Path, content: bytes, prefix: str = ".") -> None:
    """Write or replace one file; raises OSError, and then the old file is unchanged.

    - It is written beside the old one under a name that begins with ``prefix``, flushed to the disk
      and renamed, so readers get the whole new file or the old one. A killed process leaves the
      file of that name behind.
    """
    make_folders(path.parent)
    unfinished = _name_unfinished(path, prefix)
    try:
        _write(unfinished, content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    flush_folder(path.parent)


def write_new_file(path: Path, content: bytes) -> bool:
    """Write a new file; return False, and change nothing, if one exists.

    - Raises OSError. Of several processes that write at once one succeeds.
    """
    make_folders(path.parent)
    unfinished = _name_unfinished(path, ".")
    try:
        _write(unfinished, content)
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    flush_folder(path.parent)
    return True


def make_folders(folder: Path) -> None:
    """Create ``folder`` and its missing parents, and flush the entry of each to the disk."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
        flush_folder(part.parent)


def flush_folder(folder: Path) -> None:
    """Flush the entries of a folder to the disk; raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name_unfinished(path: Path, prefix: str) -> Path:
    return path.with_name(f"{prefix}{path.name}-{secrets.token_hex(8)}")


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _compare(folder: Path, files: Mapping[str, bytes]) -> bool:
    try:
        same = {path.name for path in folder.iterdir()} == set(files) and all(
            (folder / name).read_bytes() == content for name, content in files.items()
        )
    except OSError as error:
        raise _tell(error) from None
    if not same:
        raise Permanent("other contents are there already")
    return False


def _tell(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(errno.errorcode.get(error.errno or 0, "unknown"))
