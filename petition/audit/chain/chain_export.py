"""The trail as JSON lines with its links, with which a third party verifies it by itself.

    {"format": 1, "keys": [{"key": 1, "public": "<hex>", ...}], "previous": null}
    {"key": 1, "signature": "<hex>", "signed": "{\\"events\\":2,\\"first\\":1,...}"}
    {"action": "...", "actor": "...", "at": "...", ...}
    {"action": ...}

- After a link's line come its events, byte for byte as they are hashed: docs/decisions/audit.md has
  the recipe.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from petition.audit.chain.event_lines import write_statement
from petition.audit.chain.link_keys import list_keys
from petition.audit.chain.stored_events import StoredEvents
from petition.core.extensions import db
from petition.models import EventLink

FORMAT = 1


def export_chain(since: datetime | None = None) -> Iterator[bytes]:
    """Yield the lines of the export, from the first link that was made at ``since`` or later.

    - Events that are in no link yet are not in it. Raises StorageUnavailable and StorageCorrupt of
      an archive.
    """
    made = EventLink.made_at >= since if since is not None else EventLink.number > 0
    first = db.session.scalar(select(func.min(EventLink.number)).where(made))
    last = db.session.scalar(select(func.max(EventLink.number))) or 0
    before = db.session.execute(
        select(EventLink.head, EventLink.last_id).where(EventLink.number == (first or last + 1) - 1)
    ).one_or_none()
    yield _write_header(before.head if before else None)
    if first is None:
        return
    stored = StoredEvents(before.last_id if before else 0)
    for number in range(first, last + 1):
        link = db.session.get_one(EventLink, number)
        db.session.expunge(link)
        db.session.rollback()
        yield _write_link(link)
        for _, line in stored.read(link.last_id):
            yield line + b"\n"


def _write_header(previous: str | None) -> bytes:
    keys = [
        {
            "key": key.id,
            "public": key.public.hex(),
            "signed_by_previous": key.signed_by_previous.hex() if key.signed_by_previous else None,
            "signs_previous": key.signs_previous.hex() if key.signs_previous else None,
        }
        for key in list_keys(db.session())
    ]
    db.session.rollback()
    return json.dumps({"format": FORMAT, "keys": keys, "previous": previous}).encode() + b"\n"


def _write_link(link: EventLink) -> bytes:
    signed = write_statement(
        {
            name: getattr(link, name)
            for name in ("events", "first_id", "head", "last_id", "made_at", "number", "previous")
        }
    )
    line = {"key": link.key_id, "signature": link.signature.hex(), "signed": signed.decode()}
    return json.dumps(line).encode() + b"\n"
