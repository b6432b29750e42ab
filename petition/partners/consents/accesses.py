"""Writes down who took whose data and when; what is not written down is not given out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import (
    Access,
    AccessKind,
    AccessPerson,
    Consent,
    ConsentChange,
    ConsentChangeKind,
    FeedCursor,
    Organization,
    Signature,
)
from petition.partners.consents.visible import select_visible

# Ids in one statement: SQLite's limit of bound values is far above.
SLICE = 1_000


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One time that an organization took data, for its own log; times are aware."""

    id: int
    at: datetime
    actor: str
    kind: str
    purpose: str
    filters: dict[str, Any]
    people: int


@dataclass(frozen=True, slots=True)
class TakenLine:
    """One time that an organization took the data of one signer, for that signer.

    - ``confirmed``: it was withdrawn since, and the organization says that it removed the signer.
    """

    at: datetime
    organization: str
    kind: str
    purpose: str
    confirmed: bool = False


def record_access(
    session: Session,
    *,
    organization_id: int,
    actor: str,
    kind: AccessKind,
    purpose: str,
    filters: dict[str, Any],
    consent_ids: Collection[int],
) -> list[int]:
    """Write down that these people are taken; return the consents that may be given out, sorted.

    - Their signatures are locked until the commit, so that a withdrawal comes before this or after
      it; whoever is being changed by somebody else is left out.
    - Of ``consent_ids`` those that this organization may see for this purpose now; the caller gives
      out no other. Called in the transaction that reads them, before its answer; also for nobody.
    - ``actor``: ``partner:<user>``, ``token:<id>`` or ``staff:<id>``. ``filters``: codes and
      numbers, nothing personal.
    """
    return record_whole_access(
        session,
        organization_id=organization_id,
        actor=actor,
        kind=kind,
        purpose=purpose,
        filters=filters,
        consent_ids=consent_ids,
    )[1]


def record_whole_access(
    session: Session,
    *,
    organization_id: int,
    actor: str,
    kind: AccessKind,
    purpose: str,
    filters: dict[str, Any],
    consent_ids: Collection[int],
) -> tuple[int, list[int]]:
    """As ``record_access``; return the access's id as well, for those who read its people by it."""
    seen = _list_seen(session, organization_id, purpose, sorted(set(consent_ids)))
    access_id = session.scalars(
        insert(Access)
        .values(
            organization_id=organization_id,
            actor=actor,
            kind=kind,
            purpose=purpose,
            filters=filters,
            people=len(seen),
            at=utcnow(),
        )
        .returning(Access.id)
    ).one()
    for start in range(0, len(seen), SLICE):
        these = seen[start : start + SLICE]
        rows = [{"access_id": access_id, "consent_id": consent_id} for consent_id in these]
        session.execute(insert(AccessPerson), rows)
    return access_id, seen


def list_accesses(organization_id: int, limit: int, before: int | None = None) -> list[AccessLine]:
    """Return an organization's own log, latest first; ``before``: the id of the last one read."""
    query = (
        select(
            Access.id,
            Access.at,
            Access.actor,
            Access.kind,
            Access.purpose,
            Access.filters,
            Access.people,
        )
        .where(Access.organization_id == organization_id)
        .order_by(Access.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Access.id < before)
    return [AccessLine(*row) for row in db.session.execute(query)]


def list_taken(signature_id: int) -> list[TakenLine]:
    """Return when organizations took a signer's data, latest first."""
    rows = db.session.execute(
        select(
            Access.at,
            Organization.name,
            Access.kind,
            Access.purpose,
            _is_confirmed().label("confirmed"),
        )
        .join(AccessPerson, AccessPerson.access_id == Access.id)
        .join(Consent, Consent.id == AccessPerson.consent_id)
        .join(Organization, Organization.id == Access.organization_id)
        .where(Consent.signature_id == signature_id)
        .order_by(Access.id.desc())
    )
    return [TakenLine(*row) for row in rows]


def forget_accesses(session: Session, signature_ids: Collection[int]) -> None:
    """Delete that these signers' data was taken; the accesses stay, with how many people."""
    whose = select(Consent.id).where(Consent.signature_id.in_(signature_ids))
    session.execute(delete(AccessPerson).where(AccessPerson.consent_id.in_(whose)))


def _is_confirmed() -> ColumnElement[bool]:
    """Return whether a consent's last change is its end, and its organization has applied it."""
    later = aliased(ConsentChange)
    last = (
        select(func.max(later.id))
        .where(later.consent_id == ConsentChange.consent_id)
        .correlate(ConsentChange)
        .scalar_subquery()
    )
    return exists().where(
        ConsentChange.consent_id == Consent.id,
        ConsentChange.id == last,
        ConsentChange.kind == ConsentChangeKind.WITHDRAWN,
        FeedCursor.organization_id == ConsentChange.organization_id,
        ConsentChange.number <= FeedCursor.applied_number,
    )


def _list_seen(
    session: Session, organization_id: int, purpose: str, ids: Sequence[int]
) -> list[int]:
    seen: list[int] = []
    for start in range(0, len(ids), SLICE):
        here = Consent.id.in_(ids[start : start + SLICE])
        locked = session.scalars(
            select(Signature.id)
            .join(Consent, Consent.signature_id == Signature.id)
            .where(here, Consent.organization_id == organization_id)
            .with_for_update(of=Signature, read=True, skip_locked=True)
        ).all()
        # Read anew once they are locked: PostgreSQL's first statement saw them as of its start.
        these = select_visible(organization_id, purpose).where(here, Signature.id.in_(locked))
        seen += session.scalars(these)  # the first column: the consent's id
    return sorted(seen)
