"""The store of one kind of content: the protocol of all stores, and the choice by the settings."""

from collections.abc import Iterator
from typing import Protocol

from petition.core.content.bucket_store import BucketStore
from petition.core.content.content_kind import LETTERS, ContentKind, StoredContent
from petition.core.content.folder_store import FolderStore
from petition.core.content.location import FolderLocation, StorageLocation
from petition.core.errors import StorageUnavailable

# How long a job waits for a server that restarts or is busy; the lease of a letter is 75 s.
PATIENCE_SECONDS = 20.0
PROBE_SECONDS = 2.0


class ContentStore(Protocol):
    """Content by its SHA-256: complete or absent, and never changed.

    - Any number of processes may store the same bytes at once.
    - Every method raises StorageUnavailable, a Retryable, if the store is unavailable or full.
    """

    kind: ContentKind

    def put(self, content: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once they are durable.

        - An existing one is kept; a damaged one is replaced.
        """

    def read(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash.

        - Raises StorageUnavailable if they are missing, StorageCorrupt if they differ from it.
        """

    def has(self, sha256: str) -> bool:
        """Return whether it is there; only ``read`` checks for damage."""

    def remove(self, sha256: str) -> bool:
        """Remove one that nothing refers to; return whether it was there."""

    def list_content(self) -> Iterator[StoredContent]:
        """Yield all of the kind, in no defined order."""

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove incomplete files older than ``older_than`` seconds; return how many."""

    def check(self) -> None:
        """Check that the store answers, before work that is lost if it does not.

        - Raises StorageUnavailable if it does not answer, or is refused by ``probe``.
        """

    def probe(self) -> None:
        """Check that the store is fit to keep content.

        - Raises ConfigurationError if it is not, StorageUnavailable if it does not answer.
        """


def open_store(
    location: StorageLocation, kind: ContentKind, patience: float = PATIENCE_SECONDS
) -> ContentStore:
    """Return the store of a kind, without a request and without opening a connection.

    - ``patience``: the seconds for which requests to an unavailable server are retried.
    """
    if isinstance(location, FolderLocation):
        return FolderStore(location.root / kind.name, kind)
    return BucketStore(location, kind, patience)


def probe_store(location: StorageLocation) -> str:
    """Probe the location of content at a start; return why it failed, empty if it did not.

    - An unavailable server does not stop the start: signing works, and letters wait for it.
    - Raises ConfigurationError for one that is refused.
    """
    try:
        open_store(location, LETTERS, PROBE_SECONDS).probe()
    except StorageUnavailable as error:
        return str(error)
    return ""
