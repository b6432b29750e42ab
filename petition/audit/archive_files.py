"""The file of an archive: gzip of JSON lines, the first one about the rest.

    {"format": 1, "month": "2026-09", "number": 2, "previous": "<SHA-256>",
     "chain": "12:<head>", "events": 2}
    {"id": 7, "at": "...", "actor": "system", "action": "...", "subject": "...", ...}
    {"id": 9, ...}

``zcat`` shows it; the same events make the same bytes.
"""

import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from petition.core.errors import StorageCorrupt
from petition.models import Event

FORMAT = 1
COLUMNS = ("id", "at", "actor", "action", "subject", "subject_id", "detail")


def write_archive(header: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the bytes of an archive; ``events``: by the names of COLUMNS, in order of id."""
    head = {"format": FORMAT, **header, "events": len(events)}
    packed = io.BytesIO()
    # No name and no time in it: what was cut off is made again with the same hash.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        for line in (head, *({name: one[name] for name in COLUMNS} for one in events)):
            file.write(json.dumps(line, default=datetime.isoformat).encode() + b"\n")
    return packed.getvalue()


def read_header(content: bytes) -> dict[str, Any]:
    """Return the first line; raises StorageCorrupt."""
    return next(_read_lines(content))


def read_archive(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield each event of an archive, ``at`` as a datetime; raises StorageCorrupt."""
    lines = _read_lines(content)
    head = next(lines)
    found = 0
    for line in lines:
        found += 1
        yield line | {"at": datetime.fromisoformat(line["at"])}
    if found != head["events"]:
        raise StorageCorrupt(f"an event archive holds {found} events and names {head['events']}")


def make_event(line: Mapping[str, Any]) -> Event:
    """Return an event of an archive as an object that no session knows."""
    return Event(**{name: line[name] for name in COLUMNS})


def _read_lines(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(io.BytesIO(content), "rt", encoding="utf-8") as file:
            for line in file:
                read: dict[str, Any] = json.loads(line)
                yield read
    except (OSError, EOFError, ValueError) as error:
        raise StorageCorrupt("an event archive cannot be read") from error
