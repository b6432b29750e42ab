"""The members of an organization: listed, given another role, removed.

- The last owner stays: ``role_grants_keep_owner_at_delete`` refuses it, whichever code tries, also
  of two owners who leave at once. Invitations are those of petition/accounts/invitations.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.accounts.invitations import call_back
from petition.accounts.role_grants import grant_role, take_role
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db, transaction
from petition.models import (
    GROUP_ROLES,
    Invitation,
    RoleGrant,
    RoleName,
    SecondFactor,
    User,
)
from petition.partners.partner_problems import PartnerProblem


@dataclass(frozen=True, slots=True)
class Member:
    """A member; ``role``: the highest, if there are several."""

    user_id: int
    email: str
    role: str
    since: datetime
    has_factor: bool
    active: bool


def list_members(organization_id: int) -> list[Member]:
    """Return the members of an organization, owners first, then by address."""
    factor = exists().where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))
    rows = db.session.execute(
        select(
            User.id,
            User.email,
            User.active,
            RoleGrant.role,
            RoleGrant.granted_at,
            factor.label("has_factor"),
        )
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organization_id == organization_id)
    ).all()
    rank = {role.value: number for number, role in enumerate(GROUP_ROLES)}
    found: dict[int, Member] = {}
    for row in sorted(rows, key=lambda row: (rank[row.role], row.email)):
        member = Member(row.id, row.email, row.role, row.granted_at, row.has_factor, row.active)
        found.setdefault(row.id, member)
    return list(found.values())


def change_role(organization_id: int, user_id: int, role: RoleName, *, actor: str) -> None:
    """Give a member one role in place of all that they have.

    - Raises NotFound without such a member, and InvalidInput with ``role`` for the last owner.
    """
    if role not in GROUP_ROLES:
        raise InvalidInput({"role": Problem(PartnerProblem.NO_MEMBER)})
    with _keeping_an_owner() as session:
        held = _list_roles(session, organization_id, user_id)
        grant_role(session, user_id, role, actor=actor, organization_id=organization_id)
        session.flush()
        for other in held:
            if other is not role:
                take_role(session, user_id, other, actor=actor, organization_id=organization_id)


def remove_member(organization_id: int, user_id: int, *, actor: str) -> None:
    """Take all roles of a member: what they have open shows nothing more.

    - Raises NotFound without such a member, and InvalidInput with ``role`` for the last owner.
    """
    with _keeping_an_owner() as session:
        for role in _list_roles(session, organization_id, user_id):
            take_role(session, user_id, role, actor=actor, organization_id=organization_id)


def call_back_own(organization_id: int, invitation_id: int, *, actor: str) -> None:
    """Call back an invitation to the organization; raises NotFound, also for another's."""
    own = select(Invitation.id).where(
        Invitation.id == invitation_id, Invitation.organization_id == organization_id
    )
    if db.session.scalar(own) is None:
        raise NotFound(PartnerProblem.NO_MEMBER)
    call_back(invitation_id, actor=actor)


@contextmanager
def _keeping_an_owner() -> Iterator[Session]:
    try:
        with transaction() as session:
            yield session
    except IntegrityError:
        raise InvalidInput({"role": Problem(PartnerProblem.LAST_OWNER)}) from None


def _list_roles(session: Session, organization_id: int, user_id: int) -> list[RoleName]:
    found = session.scalars(
        select(RoleGrant.role).where(
            RoleGrant.organization_id == organization_id, RoleGrant.user_id == user_id
        )
    ).all()
    if not found:
        raise NotFound(PartnerProblem.NO_MEMBER)
    return [RoleName(role) for role in found]
