"""Notes which changes an organization has applied, and finds what it owes.

- A withdrawal or erasure of after it first took data (an export, or people by the API) is owed
  until the organization acknowledges its number. Who never took data owes nothing.
- One owed for longer than ``APPLY_WITHIN`` locks exports (``is_locked``) and waits for staff.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import is_sqlite
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import (
    Access,
    AccessKind,
    ConsentChange,
    ConsentChangeKind,
    FeedCursor,
    Organization,
)
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.feed.changes import ChangeLine, list_lines

APPLY_WITHIN = timedelta(hours=72)
ENDS = (ConsentChangeKind.WITHDRAWN, ConsentChangeKind.ERASED)
TAKING = (AccessKind.EXPORT, AccessKind.API)
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class OwedWithdrawals:
    """What an organization has not applied yet.

    - ``count``: changes that end a consent; ``since``: of the oldest, None if there is none.
    - ``is_locked``: the oldest is older than APPLY_WITHIN.
    """

    count: int
    since: datetime | None
    is_locked: bool


def get_applied(organization_id: int) -> int:
    """Return the number of the last change that the organization has applied; 0 before."""
    cursor = select(FeedCursor.applied_number)
    found = db.session.scalar(cursor.where(FeedCursor.organization_id == organization_id))
    return found or 0


def acknowledge(organization_id: int, number: int) -> int:
    """Note that the organization has applied its changes up to ``number``; return its cursor.

    - A lower number than before changes nothing. Raises NotFound for a number that no change has.
    """
    with transaction() as session:
        applied = _lock_cursor(session, organization_id)
        if number > applied:
            exists = select(ConsentChange.id).where(
                ConsentChange.organization_id == organization_id, ConsentChange.number == number
            )
            if session.scalar(exists) is None:
                raise NotFound(ExportProblem.NUMBER_UNKNOWN)
            _move(session, organization_id, number, is_new=applied == 0)
        return max(applied, number)


def list_owed(organization_id: int, limit: int) -> list[ChangeLine]:
    """Return the ends of consents that it has not applied, by number; only numbered ones."""
    owed = _join_cursor(select(ConsentChange)).where(
        ConsentChange.organization_id == organization_id,
        ConsentChange.number.is_not(None),
        *_list_conditions(),
    )
    return list_lines(owed.order_by(ConsentChange.number).limit(limit))


def find_owed(organization_id: int) -> OwedWithdrawals:
    """Return what an organization owes."""
    owed = _join_cursor(select(func.count(), func.min(ConsentChange.at))).where(
        ConsentChange.organization_id == organization_id, *_list_conditions()
    )
    count, since = db.session.execute(owed).one()
    return OwedWithdrawals(count, since, since is not None and utcnow() - since >= APPLY_WITHIN)


def is_locked(organization_id: int) -> bool:
    """Return whether exports are locked: a withdrawal is owed for longer than APPLY_WITHIN."""
    return find_owed(organization_id).is_locked


def select_late() -> Select[datetime]:
    """Return a SELECT of since when each organization with locked exports owes a withdrawal."""
    return (
        _join_cursor(select(func.min(ConsentChange.at)))
        .where(*_list_conditions(), ConsentChange.at <= utcnow() - APPLY_WITHIN)
        .group_by(ConsentChange.organization_id)
    )


def list_late() -> list[tuple[str, datetime, int]]:
    """Return (slug, since when, how many) of the organizations whose exports are locked."""
    oldest = func.min(ConsentChange.at)
    rows = db.session.execute(
        _join_cursor(select(Organization.slug, oldest, func.count()))
        .join(Organization, Organization.id == ConsentChange.organization_id)
        .where(*_list_conditions(), ConsentChange.at <= utcnow() - APPLY_WITHIN)
        .group_by(Organization.slug)
        .order_by(oldest)
    ).all()
    return [(slug, since, count) for slug, since, count in rows]


def _join_cursor(query: Select[*Columns]) -> Select[*Columns]:
    return query.outerjoin_from(
        ConsentChange,
        FeedCursor,
        FeedCursor.organization_id == ConsentChange.organization_id,
    )


def _list_conditions() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a change, joined to the cursor, that it is owed."""
    first_taken = (
        select(func.min(Access.at))
        .where(
            Access.organization_id == ConsentChange.organization_id,
            Access.kind.in_(TAKING),
            Access.people > 0,
        )
        .scalar_subquery()
    )
    unapplied = or_(
        ConsentChange.number.is_(None),
        ConsentChange.number > func.coalesce(FeedCursor.applied_number, 0),
    )
    return ConsentChange.kind.in_(ENDS), unapplied, ConsentChange.at >= first_taken


def _lock_cursor(session: Session, organization_id: int) -> int:
    # The organization's row: the cursor's may not exist yet, and two may be first at once.
    whose = select(Organization.id).where(Organization.id == organization_id)
    session.execute(whose if is_sqlite(session) else whose.with_for_update())
    cursor = select(FeedCursor.applied_number)
    found = session.scalar(cursor.where(FeedCursor.organization_id == organization_id))
    return found or 0


def _move(session: Session, organization_id: int, number: int, *, is_new: bool) -> None:
    values = {"applied_number": number, "applied_at": utcnow()}
    if is_new:
        session.add(FeedCursor(organization_id=organization_id, **values))
    else:
        whose = FeedCursor.organization_id == organization_id
        session.execute(update(FeedCursor).where(whose).values(**values))
