"""Content in a folder: each file under the SHA-256 of its bytes, whole or not there."""

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

    - A file is there whole or not at all: written beside its place, synced, then renamed.
    - Any number of processes may put the same content at once.
    """

    def __init__(self, root: Path, kind: ContentKind) -> None:
        self.root = root
        self.kind = kind

    def path(self, sha256: str) -> Path:
        """Return where it is or would be; raises ValueError for what is no SHA-256 in hex."""
        return self.root / self.kind.place(sha256)

    def put(self, content: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once they are safely on disk.

        - What is there already stays; a damaged file of that name is replaced.
        - Raises StorageUnavailable when the disk is full or cannot be written; nothing is left of
          it then.
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

        - Raises StorageUnavailable when the file is not there or cannot be read.
        - Raises StorageCorrupt when it holds anything else than was stored.
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
        """Return whether it is there; ``read`` says whether it is undamaged."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Remove one that nothing refers to; return whether it was there.

        - Raises StorageUnavailable where it cannot be removed.
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
        """Yield every file that has a place of the kind."""
        for path in self.root.glob(f"*/*/*{self.kind.suffix}"):
            sha256 = self.kind.read_hash(path.relative_to(self.root).as_posix())
            if sha256 is None:
                continue
            with suppress(FileNotFoundError):  # removed just now
                found = path.stat()
                modified = datetime.fromtimestamp(found.st_mtime, UTC)
                yield StoredContent(sha256, found.st_size, modified)

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

    def check(self) -> None:
        """Do nothing: a disk answers at once, and says itself what is wrong."""

    def probe(self) -> None:
        """Do nothing: a file that is there is never opened for writing."""


def _holds(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except FileNotFoundError:
        return False
