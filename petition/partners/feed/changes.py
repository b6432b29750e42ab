"""Reads an organization's stream of changes by their numbers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from petition.core.extensions import db
from petition.models import Campaign, Consent, ConsentChange

MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in the stream of an organization; ``at`` is aware."""

    number: int
    consent_id: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NamedChange:
    """One change, with what a program needs to find its person; ``campaign``: its slug."""

    number: int
    consent_id: int
    signature_id: int
    kind: str
    at: datetime
    purpose: str
    campaign: str


def find_last_number(organization_id: int) -> int:
    """Return the number of an organization's newest change; 0 if it has none."""
    query = select(func.max(ConsentChange.number)).where(
        ConsentChange.organization_id == organization_id
    )
    return db.session.scalar(query) or 0


def read_named_changes(organization_id: int, after: int, limit: int) -> list[NamedChange]:
    """Return the changes as ``read_changes`` does, with person and campaign."""
    rows = db.session.execute(
        select(
            ConsentChange.number,
            ConsentChange.consent_id,
            Consent.signature_id,
            ConsentChange.kind,
            ConsentChange.at,
            Consent.purpose,
            Campaign.slug,
        )
        .join(Consent, Consent.id == ConsentChange.consent_id)
        .join(Campaign, Campaign.id == Consent.campaign_id)
        .where(ConsentChange.organization_id == organization_id, ConsentChange.number > after)
        .order_by(ConsentChange.number)
        .limit(max(0, min(limit, MOST_CHANGES)))
    ).all()
    return [
        NamedChange(number or 0, consent_id, signature_id, kind, at, purpose, slug)
        for number, consent_id, signature_id, kind, at, purpose, slug in rows
    ]


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
