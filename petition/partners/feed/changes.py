"""Reads an organization's stream of changes by their numbers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from petition.core.extensions import db
from petition.models import ConsentChange

MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in the stream of an organization; ``at`` is aware."""

    number: int
    consent_id: int
    kind: str
    at: datetime


def read_changes(organization_id: int, after: int, limit: int = 100) -> list[ChangeLine]:
    """Return up to ``limit`` (at most MOST_CHANGES) changes with a number above ``after``."""
    found = (
        select(ConsentChange)
        .where(ConsentChange.organization_id == organization_id, ConsentChange.number > after)
        .order_by(ConsentChange.number)
        .limit(max(0, min(limit, MOST_CHANGES)))
    )
    return list_lines(found)


def list_lines(query: Select[ConsentChange]) -> list[ChangeLine]:
    """Return the changes that a SELECT of numbered ones finds."""
    return [
        ChangeLine(change.number or 0, change.consent_id, change.kind, change.at)
        for change in db.session.scalars(query)
    ]
