"""The kinds of content, and where one of a kind lies under its hash: the same in each store."""

import re
from dataclasses import dataclass
from datetime import datetime

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentKind:
    """One kind: ``name`` of its folder, ``noun`` of one in an error, ``suffix`` of its files."""

    name: str
    noun: str
    suffix: str
    media_type: str

    def place(self, sha256: str) -> str:
        """Return the path below the kind's folder; raises ValueError for what is no hash.

        - Two levels by the first digits, so that no folder has more than some thousand entries.
        """
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return f"{sha256[:2]}/{sha256[2:4]}/{sha256}{self.suffix}"

    def read_hash(self, path: str) -> str | None:
        """Return the hash of what lies at a path below the kind's folder; None for another file."""
        sha256 = path.rpartition("/")[2].removesuffix(self.suffix)
        return sha256 if _SHA256.fullmatch(sha256) and self.place(sha256) == path else None


@dataclass(frozen=True, slots=True)
class StoredContent:
    """One that a store lists; ``size`` in bytes."""

    sha256: str
    size: int
    modified: datetime


LETTERS = ContentKind("letters", "letter", ".pdf", "application/pdf")
EVENT_ARCHIVES = ContentKind("event-archives", "event archive", ".jsonl.gz", "application/gzip")
KINDS = (LETTERS, EVENT_ARCHIVES)
