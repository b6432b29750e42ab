"""Content in a folder: each file is named by the SHA-256 of its bytes, and complete or absent."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from petition.core.content.content_kind import ContentKind, StoredContent
from petition.core.errors import StorageCorrupt, StorageUnavailable
from petition.core.files import flush_folder, write_file

_UNFINISHED = ".unfinished-"


class FolderStore:
    """One kind of content in two levels of sub-folders by the first digits of the hashes.

    - A file is complete or absent: it is written under another name, synced, then renamed.
    - Any number of processes may put the same content at once.
    """

    def __init__(self, root: Path, kind: ContentKind) -> None:
        self.root = root
        self.kind = kind

    def path(self, sha256: str) -> Path:
        """Return its path, present or not; raises ValueError unless given a SHA-256 in hex."""
        return self.root / self.kind.place(sha256)

    def put(self, content: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once they are synced to disk.

        - An existing file is kept; a damaged one is replaced.
        - Raises StorageUnavailable if the disk is full or cannot be written; nothing of the file
          remains.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        try:
            if not _holds(path, sha256):
                write_file(path, content, _UNFINISHED)
        except OSError as error:
            raise StorageUnavailable(
                f"the {self.kind.noun} was not stored: {error.strerror}"
            ) from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash.

        - Raises StorageUnavailable if the file is missing or cannot be read.
        - Raises StorageCorrupt if its bytes are not those that were stored.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StorageUnavailable(f"{self.kind.noun} {sha256}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StorageCorrupt(
                f"{self.kind.noun} {sha256} is not what was stored; restore it from a backup"
            )
        return content

    def has(self, sha256: str) -> bool:
        """Return whether it is there; only ``read`` checks for damage."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Remove one that nothing refers to; return whether it was there.

        - Raises StorageUnavailable if it cannot be removed.
        """
        path = self.path(sha256)
        try:
            path.unlink()
            flush_folder(path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageUnavailable(f"{self.kind.noun} {sha256}: {error.strerror}") from error
        return True

    def list_content(self) -> Iterator[StoredContent]:
        """Yield every file that has a path of the kind."""
        for path in self.root.glob(f"*/*/*{self.kind.suffix}"):
            sha256 = self.kind.read_hash(path.relative_to(self.root).as_posix())
            if sha256 is None:
                continue
            with suppress(FileNotFoundError):  # removed just now
                found = path.stat()
                modified = datetime.fromtimestamp(found.st_mtime, UTC)
                yield StoredContent(sha256, found.st_size, modified)

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove incomplete files of killed processes; return how many.

        - ``older_than`` is in seconds: a process may still be writing a newer one.
        """
        before = time.time() - older_than
        removed = 0
        for path in self.root.glob(f"*/*/{_UNFINISHED}*"):
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed

    def check(self) -> None:
        """Do nothing: a disk answers at once, and its own error names the cause."""

    def probe(self) -> None:
        """Do nothing: an existing file is never opened for writing."""


def _holds(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except FileNotFoundError:
        return False
