"""The accounts as admins see them: a page of the list, and one account with what it did.

- E-mail addresses are personal: they are returned to be shown, and are no cursor and no filter of
  an address. Networks are not among what is shown: the service keeps only a keyed hash of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_

from petition.accounts.account_problems import AccountProblem
from petition.accounts.account_sessions import SessionLine, count_sessions, list_sessions
from petition.accounts.permissions import needs_second_factor
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import (
    GROUP_ROLES,
    STAFF_ROLES,
    Campaign,
    Event,
    Organization,
    PortalName,
    RoleGrant,
    SecondFactor,
    User,
)

PAGE = 50
EVENTS_SHOWN = 60
# The subjects of the events of an account, whose ``subject_id`` is its id.
SUBJECTS = ("account", *(portal.value for portal in PortalName))
SIGNED_IN = [f"{portal}.signed_in" for portal in PortalName]


class AccountFilter(StrEnum):
    """Which accounts to list."""

    STAFF = "staff"
    PARTNERS = "partners"
    WITHOUT_FACTOR = "without-factor"  # of those that must have one
    WITHOUT_ROLE = "without-role"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role; ``scope``: the campaign's slug or the organization's name, empty for the service."""

    id: int
    role: str
    scope: str
    is_group: bool
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account; ``must_have_factor``: a role of its own needs a second factor."""

    id: int
    email: str
    active: bool
    grants: tuple[GrantLine, ...]
    has_factor: bool
    must_have_factor: bool
    last_sign_in: datetime | None
    sessions: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Some accounts by address; ``after``: the id to go on from, None on the last page."""

    lines: list[AccountLine]
    after: int | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with its sessions in force, and its latest events, the newest first."""

    line: AccountLine
    sessions: list[SessionLine]
    events: Sequence[Event]


def list_accounts(which: AccountFilter | None, after: int | None, words: str = "") -> AccountPage:
    """Return a page of accounts by e-mail address.

    - ``after``: the id of the last account before them. ``words``: a part of the address.
    """
    query = select(User.id).order_by(User.email, User.id).limit(PAGE + 1)
    if which is not None:
        query = query.where(_match(which))
    if words:
        query = query.where(func.lower(User.email).contains(words.lower(), autoescape=True))
    if after is not None:
        last = select(User.email, User.id).where(User.id == after).subquery()
        query = query.where(
            tuple_(User.email, User.id) > select(last.c.email, last.c.id).scalar_subquery()
        )
    ids = db.session.scalars(query).all()
    lines = _read_lines(ids[:PAGE])
    return AccountPage(lines, ids[PAGE - 1] if len(ids) > PAGE else None)


def read_account(user_id: int) -> AccountView:
    """Return one account; raises NotFound."""
    lines = _read_lines([user_id])
    if not lines:
        raise NotFound(AccountProblem.NO_ACCOUNT)
    # Archived events are not read: an archive may be far away, and these are the latest only.
    events = db.session.scalars(
        select(Event)
        .where(Event.subject.in_(SUBJECTS), Event.subject_id == user_id)
        .order_by(Event.id.desc())
        .limit(EVENTS_SHOWN)
    ).all()
    return AccountView(lines[0], list_sessions(user_id), events)


def find_email(user_id: int) -> str:
    """Return the e-mail address of an account; raises NotFound."""
    found = db.session.scalar(select(User.email).where(User.id == user_id))
    if found is None:
        raise NotFound(AccountProblem.NO_ACCOUNT)
    return found


def _match(which: AccountFilter) -> ColumnElement[bool]:
    match which:
        case AccountFilter.STAFF:
            return _has_role(RoleGrant.role.in_(STAFF_ROLES))
        case AccountFilter.PARTNERS:
            return _has_role(RoleGrant.role.in_(GROUP_ROLES))
        case AccountFilter.WITHOUT_FACTOR:
            needing = [role for role in (*STAFF_ROLES, *GROUP_ROLES) if needs_second_factor([role])]
            return and_(_has_role(RoleGrant.role.in_(needing)), ~_has_factor())
        case AccountFilter.WITHOUT_ROLE:
            return ~exists().where(RoleGrant.user_id == User.id)
        case AccountFilter.CLOSED:
            return ~User.active


def _has_role(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(RoleGrant.user_id == User.id, condition)


def _has_factor() -> ColumnElement[bool]:
    return exists().where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))


def _read_lines(ids: Sequence[int]) -> list[AccountLine]:
    if not ids:
        return []
    rows = db.session.execute(
        select(User.id, User.email, User.active, _has_factor().label("has_factor"))
        .where(User.id.in_(ids))
        .order_by(User.email, User.id)
    ).all()
    grants, sessions, signed_in = _read_grants(ids), count_sessions(ids), _read_sign_ins(ids)
    return [
        AccountLine(
            row.id,
            row.email,
            row.active,
            grants.get(row.id, ()),
            row.has_factor,
            needs_second_factor([grant.role for grant in grants.get(row.id, ())]),
            signed_in.get(row.id),
            sessions.get(row.id, 0),
        )
        for row in rows
    ]


def _read_grants(ids: Sequence[int]) -> dict[int, tuple[GrantLine, ...]]:
    rows = db.session.execute(
        select(RoleGrant, Campaign.slug, Organization.name)
        .outerjoin(Campaign, Campaign.id == RoleGrant.campaign_id)
        .outerjoin(Organization, Organization.id == RoleGrant.organization_id)
        .where(RoleGrant.user_id.in_(ids))
        .order_by(RoleGrant.id)
    )
    found: dict[int, tuple[GrantLine, ...]] = {}
    for grant, slug, name in rows:
        line = GrantLine(
            grant.id, grant.role, slug or name or "", name is not None, grant.granted_at
        )
        found[grant.user_id] = (*found.get(grant.user_id, ()), line)
    return found


def _read_sign_ins(ids: Sequence[int]) -> dict[int, datetime]:
    rows = db.session.execute(
        select(Event.subject_id, func.max(Event.at))
        .where(
            or_(
                *(
                    and_(Event.subject == portal.value, Event.subject_id.in_(ids))
                    for portal in PortalName
                )
            ),
            Event.action.in_(SIGNED_IN),
        )
        .group_by(Event.subject_id)
    )
    return {user_id: at for user_id, at in rows}
