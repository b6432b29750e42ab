"""The bytes of an event, and of a link, that are hashed and signed: one line of JSON each."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

# Bytes for each event in EventLink.marks: its id, and the first half of its line's hash.
_MARK = struct.Struct(">q8s")
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode

Line = tuple[int, bytes]


def write_event_line(event: Mapping[str, Any]) -> bytes:
    """Return an event, by the names of its columns, as one line of ASCII without its line feed.

    - A JSON object with sorted keys and no blanks; ``at`` in UTC with microseconds.
    """
    at: datetime = event["at"]
    return _write(
        {
            "action": event["action"],
            "actor": event["actor"],
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "detail": event["detail"],
            "id": event["id"],
            "subject": event["subject"],
            "subject_id": event["subject_id"],
        }
    ).encode()


def hash_lines(previous: str | None, lines: Iterable[Line]) -> str:
    """Return the head of a link: SHA-256 of the head before and of its lines, each with a feed."""
    digest = sha256(f"{previous or ''}\n".encode())
    for _, line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def mark_lines(lines: Iterable[Line]) -> bytes:
    """Return the marks of a link's events."""
    return b"".join(_MARK.pack(id, sha256(line).digest()[:8]) for id, line in lines)


def read_marks(marks: bytes) -> Sequence[tuple[int, bytes]]:
    """Return (id, half of the hash) of each event of a link; raises ValueError."""
    if len(marks) % _MARK.size:
        raise ValueError("marks of another length")
    return [*_MARK.iter_unpack(marks)]


def write_statement(link: Mapping[str, Any]) -> bytes:
    """Return what is signed of a link, given by the names of its columns."""
    made: datetime = link["made_at"]
    return _write(
        {
            "events": link["events"],
            "first": link["first_id"],
            "head": link["head"],
            "last": link["last_id"],
            "made": made.astimezone(UTC).isoformat(timespec="microseconds"),
            "number": link["number"],
            "previous": link["previous"],
        }
    ).encode()


def write_turn(number: int, previous: bytes, public: bytes) -> bytes:
    """Return what two successive keys sign of each other; ``number``: of the newer one."""
    return _write({"key": number, "previous": previous.hex(), "public": public.hex()}).encode()
