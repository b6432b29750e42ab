"""Content in a bucket of an S3-compatible server, under the same names as in a folder.

Written with ``If-None-Match: *``, so that no existing object is overwritten. Since a key is the
hash of the bytes, a second write would write the same bytes; the condition guards against other
faults (another program, a defect here), and saves a version in a bucket that keeps versions. Some
servers ignore the condition and overwrite without an error: they are refused, see ``probe``.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError, fromstring

from petition.core.content.bucket_client import BucketClient
from petition.core.content.content_kind import ContentKind, StoredContent
from petition.core.content.location import NAME, BucketLocation
from petition.core.errors import (
    ConfigurationError,
    ObjectStoreUnavailable,
    StorageCorrupt,
    StorageUnavailable,
)

CONDITION = {"If-None-Match": "*"}
MISSING = frozenset({404})
THERE = frozenset({412})
# One object that is kept: an attempt to overwrite it shows whether the server honours the
# condition.
PROBE_KEY = "probe.txt"
PROBE = b"Hundredth asks by this object whether the server honours If-None-Match.\n"
# Checks are made by people, and before work that can wait.
CHECK_SECONDS = 2.0
PAGE = 1000  # the most that S3 lists at once
_XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"

# The buckets that passed the probe in this process or in the one that it was forked from.
_probed: set[BucketLocation] = set()


class BucketStore:
    """One kind of content below ``prefix/kind/`` of a bucket. Safe to use after a fork."""

    def __init__(self, location: BucketLocation, kind: ContentKind, patience: float) -> None:
        self.kind = kind
        self._location = location
        self._client = BucketClient(location, patience)
        self._quick = BucketClient(location, min(patience, CHECK_SECONDS))
        start = f"{location.prefix}/" if location.prefix else ""
        self._probe_key = f"{start}{PROBE_KEY}"
        self._root = f"{start}{kind.name}/"

    def put(self, content: bytes) -> str:
        """Store the bytes and return their SHA-256 in hex, once the server has them.

        - An existing object is read and compared; a damaged one is replaced.
        - Raises StorageUnavailable if the server is unavailable, refuses, or overwrites without an
          error.
        """
        if self._location not in _probed:
            self.check()
        sha256 = hashlib.sha256(content).hexdigest()
        if self._write(sha256, content, CONDITION) and self._fetch(sha256) != content:
            self._write(sha256, content, {})
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash.

        - Raises StorageUnavailable if the object is missing or the server is unavailable.
        - Raises StorageCorrupt if its bytes are not those that were stored.
        """
        content = self._fetch(sha256)
        if content is None:
            raise StorageUnavailable(f"{self.kind.noun} {sha256}: not in {self._location}")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StorageCorrupt(
                f"{self.kind.noun} {sha256} is not what was stored; restore it from a backup"
            )
        return content

    def has(self, sha256: str) -> bool:
        """Return whether it is there; only ``read`` checks for damage."""
        return self._client.request("HEAD", self._key(sha256), allowed=MISSING).status < 300

    def remove(self, sha256: str) -> bool:
        """Remove one that nothing refers to; return whether it was there."""
        if not self.has(sha256):
            return False
        self._client.request("DELETE", self._key(sha256), allowed=MISSING)
        return True

    def list_content(self) -> Iterator[StoredContent]:
        """Yield every object that has a key of the kind, page by page."""
        query = {"list-type": "2", "prefix": self._root, "max-keys": str(PAGE)}
        while True:
            page = _parse(self._client.request("GET", query=query).content, self._location)
            for entry in page.iter(f"{_XML}Contents"):
                key = entry.findtext(f"{_XML}Key", "")
                sha256 = self.kind.read_hash(key.removeprefix(self._root))
                if sha256 is not None:
                    yield _read_entry(sha256, entry, self._location)
            following = page.findtext(f"{_XML}NextContinuationToken")
            if page.findtext(f"{_XML}IsTruncated") != "true" or not following:
                return
            query["continuation-token"] = following

    def sweep(self, older_than: float = 3600.0) -> int:
        """Return 0: an object is complete or absent, so there are no incomplete ones."""
        return 0

    def check(self) -> None:
        """Raise StorageUnavailable if the server does not answer, or is refused by ``probe``."""
        if self._location in _probed:
            self._quick.request("HEAD", self._probe_key, allowed=MISSING)
            return
        try:
            self.probe()
        except ConfigurationError as error:
            raise ObjectStoreUnavailable(str(error)) from None

    def probe(self) -> None:
        """Check that the server honours ``If-None-Match: *``.

        - Raises ConfigurationError if it overwrites without an error or rejects the header.
        - Leaves one small object, so that the next probe needs a single request.
        """
        for _ in range(2):  # the first may be the one that creates it
            answer = self._quick.request(
                "PUT",
                self._probe_key,
                content=PROBE,
                headers=CONDITION,
                allowed=THERE | {501},
            )
            if answer.status in THERE:
                _probed.add(self._location)
                return
            if answer.status >= 300:
                break
        raise ConfigurationError(
            NAME,
            f"the server of {self._location} does not honor If-None-Match on PUT "
            f"({answer.status} where 412 was due): it would overwrite what is stored. Use a "
            "server that does (docs/operations.md)",
        )

    def _key(self, sha256: str) -> str:
        return self._root + self.kind.place(sha256)

    def _write(self, sha256: str, content: bytes, condition: dict[str, str]) -> bool:
        """Write an object; return whether one already existed."""
        answer = self._client.request(
            "PUT",
            self._key(sha256),
            content=content,
            headers={"Content-Type": self.kind.media_type} | condition,
            allowed=THERE,
        )
        return answer.status in THERE

    def _fetch(self, sha256: str) -> bytes | None:
        answer = self._client.request("GET", self._key(sha256), allowed=MISSING)
        if answer.status < 300:
            return answer.content
        if answer.code == "NoSuchBucket":
            raise ObjectStoreUnavailable(f"{self._location}: there is no such bucket")
        return None


def _parse(content: bytes, location: BucketLocation) -> Element:
    try:
        # No document type, so no entities: no answer of S3 has one.
        page = fromstring(content) if b"<!" not in content else None  # noqa: S314
    except ParseError:
        page = None
    if page is None or page.tag != f"{_XML}ListBucketResult":
        raise ObjectStoreUnavailable(f"{location}: its answer is not that of an S3 server")
    return page


def _read_entry(sha256: str, entry: Element, location: BucketLocation) -> StoredContent:
    try:
        size = int(entry.findtext(f"{_XML}Size", ""))
        modified = datetime.fromisoformat(entry.findtext(f"{_XML}LastModified", ""))
    except ValueError:
        raise ObjectStoreUnavailable(
            f"{location}: its answer is not that of an S3 server"
        ) from None
    return StoredContent(sha256, size, modified.astimezone(UTC))
