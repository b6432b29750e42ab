"""The record of an organization: who changed what, and who took whose data.

- ``SOURCES``: the functions whose entries it has; the page adds those of packages above this one.
- The end of an import is no event here: its true moment tells who on the list had signed before
  (``petition/bulk/uploads/upload_record.py``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import and_, or_, select

from petition.core.extensions import db
from petition.models import (
    AccessKind,
    Event,
    ImportBatch,
    Invitation,
    RoleGrant,
    User,
    WebhookEndpoint,
)
from petition.partners.consents.accesses import AccessLine, list_accesses

MOST = 200
WORDS = {
    "organization.created": "The organization was added by the service",
    "organization.updated": "The organization was changed by the service",
    "organization.approved": "The application was approved",
    "organization.suspended": "The organization was suspended",
    "organization.resumed": "The organization was resumed",
    "organization.edited": "The page was changed",
    "organization.base_asked": "A base was sent to the service's staff",
    "organization.base_approved": "A base was approved",
    "organization.base_refused": "A base was refused",
    "organization.base_ended": "A base was removed",
    "organization.change_asked": "A change was sent to the service's staff",
    "organization.change_dropped": "A change that waited was taken back",
    "organization.change_approved": "A change was approved",
    "organization.change_refused": "A change was refused",
    "organization.erasure_reported": "A program reported that a person asked to be erased",
    "invitation.made": "Somebody was invited",
    "invitation.sent_again": "An invitation was sent again",
    "invitation.called_back": "An invitation was called back",
    "invitation.accepted": "An invitation was accepted",
    "webhook.added": "A webhook was added",
    "webhook.rotated": "The key of a webhook was replaced",
    "webhook.disabled": "A webhook was switched off",
    "webhook.enabled": "A webhook was switched on",
    "webhook.removed": "A webhook was removed",
    "import.started": "An import of a list of signatures was begun",
    "import.undone": "An import of a list of signatures was taken back",
    "role.granted": "A role was given",
    "role.taken": "A role was taken away",
}


TAKEN = {
    AccessKind.LOOKUP: "People near the organization were looked up",
    AccessKind.EXPORT: "A list was downloaded",
    AccessKind.API: "A program read people",
    AccessKind.RELAY: "A message was sent to people",
}


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One line of the record: when, who (an actor, then an address if it is a member's), what."""

    at: datetime
    actor: str
    what: str
    detail: str = ""


Source = Callable[[int], Iterable[RecordEntry]]


def list_record(organization_id: int, *more: Source) -> list[RecordEntry]:
    """Return up to MOST entries, the newest first; ``more``: further sources."""
    entries = chain.from_iterable(source(organization_id) for source in (*SOURCES, *more))
    found = sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST]
    names = _name_members(organization_id)
    return [
        RecordEntry(entry.at, _name(entry.actor, names), entry.what, entry.detail)
        for entry in found
    ]


def list_events(organization_id: int) -> list[RecordEntry]:
    """Return the latest events of an organization and what it has: roles, webhooks, imports."""
    webhooks = select(WebhookEndpoint.id).where(WebhookEndpoint.organization_id == organization_id)
    imports = select(ImportBatch.id).where(ImportBatch.organization_id == organization_id)
    invitations = select(Invitation.id).where(Invitation.organization_id == organization_id)
    members = select(RoleGrant.user_id).where(RoleGrant.organization_id == organization_id)
    former = select(Invitation.user_id).where(
        Invitation.organization_id == organization_id, Invitation.user_id.is_not(None)
    )
    rows = db.session.scalars(
        select(Event)
        .where(
            Event.action.in_(WORDS),
            or_(
                and_(Event.subject == "organization", Event.subject_id == organization_id),
                and_(Event.subject == "invitation", Event.subject_id.in_(invitations)),
                and_(Event.subject == "webhook", Event.subject_id.in_(webhooks)),
                and_(Event.subject == "import", Event.subject_id.in_(imports)),
                and_(Event.subject == "account", Event.subject_id.in_(members.union(former))),
            ),
        )
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return [
        RecordEntry(event.at, event.actor, WORDS[event.action], _describe(event.detail or {}))
        for event in rows
        if event.subject != "account" or event.detail.get("organization") == organization_id
    ]


def list_accesses_to_people(organization_id: int) -> list[RecordEntry]:
    """Return the latest times that somebody of an organization took people's data."""
    return [
        RecordEntry(line.at, line.actor, TAKEN[AccessKind(line.kind)], _count_people(line))
        for line in list_accesses(organization_id, MOST)
    ]


SOURCES: list[Source] = [list_events, list_accesses_to_people]


def _count_people(line: AccessLine) -> str:
    people = "1 person" if line.people == 1 else f"{line.people:,} people"
    return f"{people}, for {line.purpose}"


def _describe(detail: dict[str, object]) -> str:
    shown = ("role", "fields", "base", "because", "reason")
    return "; ".join(str(detail[name]) for name in shown if detail.get(name))


def _name_members(organization_id: int) -> dict[str, str]:
    rows = db.session.execute(
        select(User.id, User.email)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organization_id == organization_id)
    )
    return {f"partner:{row.id}": row.email for row in rows}


def _name(actor: str, names: dict[str, str]) -> str:
    """Return a member's address, or what kind of actor it was: staff stay unnamed."""
    if actor in names:
        return names[actor]
    kind, _, number = actor.partition(":")
    if kind == "token":
        return f"API token {number}"
    return {"partner": "a former member", "staff": "staff", "cli": "staff"}.get(kind, "the service")
