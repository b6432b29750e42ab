"""Letters on disk, each filed under the SHA-256 of its bytes and never changed after."""

import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from petition.core.errors import StorageCorrupt, StorageUnavailable

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".unfinished-"


class LetterStore:
    """A folder of PDFs in two levels of sub-folders by the first digits of their hashes.

    - A file is there whole or not at all: written beside its place, synced, then renamed.
    - Any number of processes may put the same letter at once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return where a letter is or would be; raises ValueError for what is no SHA-256 in hex."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.pdf"

    def put(self, pdf: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once they are safely on disk.

        - What is there already stays; a damaged file of that name is replaced.
        - Raises StorageUnavailable when the disk is full or cannot be written; nothing of the
          letter is left then.
        """
        sha256 = hashlib.sha256(pdf).hexdigest()
        path = self.path(sha256)
        try:
            if not _holds(path, sha256):
                _make_folders(path.parent)
                _write_whole(path, pdf)
        except OSError as error:
            raise StorageUnavailable(f"the letter was not stored: {error.strerror}") from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return a letter's bytes, checked against their hash.

        - Raises StorageUnavailable when the file is not there or cannot be read.
        - Raises StorageCorrupt when it holds anything else than was stored.
        """
        path = self.path(sha256)
        try:
            pdf = path.read_bytes()
        except OSError as error:
            raise StorageUnavailable(f"letter {sha256}: {error.strerror}") from error
        if hashlib.sha256(pdf).hexdigest() != sha256:
            raise StorageCorrupt(
                f"letter {sha256} is not what was stored; restore it from a backup"
            )
        return pdf

    def has(self, sha256: str) -> bool:
        """Return whether a letter is there; ``read`` says whether it is undamaged."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Remove a letter that nothing refers to; return whether it was there.

        - Raises StorageUnavailable where it cannot be removed.
        """
        path = self.path(sha256)
        try:
            path.unlink()
            _sync_folder(path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageUnavailable(f"letter {sha256}: {error.strerror}") from error
        return True

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove what killed processes left half written; return how many files that was.

        - ``older_than`` is in seconds: a younger one may still be written.
        """
        before = time.time() - older_than
        removed = 0
        for path in self.root.glob(f"*/*/{_UNFINISHED}*"):
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed


def _holds(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except FileNotFoundError:
        return False


def _make_folders(folder: Path) -> None:
    """Make ``folder`` and every parent that is missing, each entry synced into its own parent."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(part.parent)


def _write_whole(path: Path, pdf: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
