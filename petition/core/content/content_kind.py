"""The kinds of content, and the path of one by its kind and hash, the same in each store."""

import re
from dataclasses import dataclass
from datetime import datetime

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentKind:
    """One kind: ``name`` of its folder, ``noun`` for one in an error, ``suffix`` of its files."""

    name: str
    noun: str
    suffix: str
    media_type: str

    def place(self, sha256: str) -> str:
        """Return the path below the kind's folder; raises ValueError if it is not a hash.

        - Two levels by the first digits, so that no folder has more than some thousand entries.
        """
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return f"{sha256[:2]}/{sha256[2:4]}/{sha256}{self.suffix}"

    def read_hash(self, path: str) -> str | None:
        """Return the hash in a path below the kind's folder; None for any other file."""
        sha256 = path.rpartition("/")[2].removesuffix(self.suffix)
        return sha256 if _SHA256.fullmatch(sha256) and self.place(sha256) == path else None


@dataclass(frozen=True, slots=True)
class StoredContent:
    """An entry in the list of a store; ``size`` in bytes."""

    sha256: str
    size: int
    modified: datetime


LETTERS = ContentKind("letters", "letter", ".pdf", "application/pdf")
EVENT_ARCHIVES = ContentKind("event-archives", "event archive", ".jsonl.gz", "application/gzip")
KINDS = (LETTERS, EVENT_ARCHIVES)
