"""Whoever invited must still be able to grant the role: else their invitations end with theirs."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.accounts.account_problems import AccountProblem
from petition.accounts.permissions import Permission, covers
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import TokenRefused
from petition.models import GROUP_ROLES, Invitation, PortalName, RoleGrant, RoleName, User


def may_grant(
    session: Session, actor: str, role: RoleName, organization_id: int | None = None
) -> bool:
    """Return whether an actor may grant a role; one that is no account, as ``cli``, always may.

    - False for an account that is closed.
    """
    portal, _, number = actor.partition(":")
    if portal not in list(PortalName):
        return True
    grants = session.scalars(
        select(RoleGrant)
        .join(User, User.id == RoleGrant.user_id)
        .where(User.id == int(number), User.active)
    ).all()
    if portal == PortalName.PARTNER:
        return covers(grants, Permission.MEMBERS_MANAGE, organization_id=organization_id)
    if covers(grants, Permission.ACCOUNTS_MANAGE):
        return True
    return role in GROUP_ROLES and covers(grants, Permission.ORGANIZATIONS_APPROVE)


def check_inviter(session: Session, found: Invitation) -> None:
    """Raise TokenRefused if whoever made an invitation may not grant its role any more."""
    if not may_grant(session, found.invited_by, RoleName(found.role), found.organization_id):
        raise TokenRefused(AccountProblem.LINK_SPENT)


def call_back_invitations(session: Session, user_id: int, *, actor: str) -> int:
    """Call back what an account invited to and may not grant any more; return how many.

    - In the transaction that closes the account, or takes a role of it.
    """
    invited_by = [f"{portal}:{user_id}" for portal in PortalName]
    ended = 0
    for found in session.scalars(
        select(Invitation)
        .where(
            Invitation.invited_by.in_(invited_by),
            Invitation.accepted_at.is_(None),
            Invitation.called_back_at.is_(None),
        )
        .order_by(Invitation.id)
        .with_for_update()
    ).all():
        if not may_grant(session, found.invited_by, RoleName(found.role), found.organization_id):
            found.called_back_at = utcnow()
            record(session, "invitation.called_back", "invitation", found.id, actor=actor)
            ended += 1
    return ended
