"""What waits for a person now: each cause, how many it touches, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.attention.causes import AttentionSource, FoundCause
from petition.attention.sources import SOURCES
from petition.core.clock import utcnow
from petition.models import Campaign


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One cause; ``since``: how long the oldest of ``number`` has waited.

    - ``key``: the same each time that the cause is read. ``campaign``: a slug, or empty.
    """

    name: str
    number: int
    since: datetime
    command: str
    campaign: str = ""
    subject: str = ""
    detail: str = ""
    key: str = ""


def list_attention(
    session: Session, sources: Mapping[str, AttentionSource] = SOURCES
) -> list[AttentionItem]:
    """Return the causes that there are, in the order of their sources."""
    slugs = dict((*row,) for row in session.execute(select(Campaign.id, Campaign.slug)))
    return [
        AttentionItem(
            name,
            cause.number,
            cause.since or utcnow(),
            source.command,
            slugs.get(cause.campaign_id or 0, ""),
            cause.subject,
            cause.detail,
            make_key(name, cause),
        )
        for name, source in sources.items()
        for cause in source.read(session)
    ]


def make_key(name: str, cause: FoundCause) -> str:
    """Return the key of a cause: its source, the campaign's id and its code."""
    parts = (name, str(cause.campaign_id or ""), cause.subject)
    return ":".join(parts).rstrip(":")
