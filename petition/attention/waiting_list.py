"""What waits for a person now: how many of each source, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.attention.sources import SOURCES, AttentionSource


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """What waits of one source; ``since``: how long the oldest of ``number`` has waited."""

    name: str
    number: int
    since: datetime
    command: str


def list_attention(
    session: Session, sources: Mapping[str, AttentionSource] = SOURCES
) -> list[AttentionItem]:
    """Return the sources of which anything waits, in their order."""
    found = []
    for name, source in sources.items():
        waits = source.select_since().subquery()
        (since,) = waits.c
        number, oldest = session.execute(select(func.count(), func.min(since))).one()
        if number:
            found.append(AttentionItem(name, number, oldest, source.command))
    return found
