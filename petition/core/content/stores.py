"""The store of one kind of content: what every store can do, and which one the settings choose."""

from collections.abc import Iterator
from typing import Protocol

from petition.core.content.bucket_store import BucketStore
from petition.core.content.content_kind import LETTERS, ContentKind, StoredContent
from petition.core.content.folder_store import FolderStore
from petition.core.content.location import FolderLocation, StorageLocation
from petition.core.errors import StorageUnavailable

# A job waits for a server that is started anew or busy; the lease of a letter is 75 s.
PATIENCE_SECONDS = 20.0
PROBE_SECONDS = 2.0


class ContentStore(Protocol):
    """Content by its SHA-256: there whole or not at all, and never changed after.

    - Any number of processes may store the same bytes at once.
    - Everything raises StorageUnavailable, a Retryable, where the store is away or full.
    """

    kind: ContentKind

    def put(self, content: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once they are safe.

        - What is there already stays; a damaged one is replaced.
        """

    def read(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash.

        - Raises StorageUnavailable where they are not there, StorageCorrupt where they are others.
        """

    def has(self, sha256: str) -> bool:
        """Return whether it is there; ``read`` says whether it is undamaged."""

    def remove(self, sha256: str) -> bool:
        """Remove one that nothing refers to; return whether it was there."""

    def list_content(self) -> Iterator[StoredContent]:
        """Yield all of the kind, in no order that can be relied on."""

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove what killed processes left half written, in seconds; return how many that was."""

    def check(self) -> None:
        """Ask the store for a sign of life, before work that would be for nothing without it.

        - Raises StorageUnavailable where it does not answer, or is refused by ``probe``.
        """

    def probe(self) -> None:
        """Find out whether content may be kept there.

        - Raises ConfigurationError where it must not be, StorageUnavailable where it is away.
        """


def open_store(
    location: StorageLocation, kind: ContentKind, patience: float = PATIENCE_SECONDS
) -> ContentStore:
    """Return the store of a kind; nothing is asked of it yet, and no connection is open.

    - ``patience``: for so many seconds a server that is away is asked again.
    """
    if isinstance(location, FolderLocation):
        return FolderStore(location.root / kind.name, kind)
    return BucketStore(location, kind, patience)


def probe_store(location: StorageLocation) -> str:
    """Probe where content is kept, at a start; return why it could not be, empty where it was.

    - A server that is away stops nobody: signing goes on, and letters wait for it.
    - Raises ConfigurationError for one that is refused.
    """
    try:
        open_store(location, LETTERS, PROBE_SECONDS).probe()
    except StorageUnavailable as error:
        return str(error)
    return ""
