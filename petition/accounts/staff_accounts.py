"""Accounts: who may sign in. Made by the command line, or by accepting an invitation."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from petition.accounts.account_problems import AccountProblem
from petition.accounts.addresses import find_user, get_user, normalize_email
from petition.accounts.inviters import call_back_invitations
from petition.accounts.passwords import hash_checked
from petition.accounts.role_grants import grant_role
from petition.audit.trail import Detail, record
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import db, transaction
from petition.models import AccountSession, PortalName, RoleName, User

VISITOR = "visitor"  # the actor of audit events without a signed-in user


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An account as it is listed."""

    id: int
    email: str
    roles: tuple[str, ...]
    active: bool


def create_staff(email: str, password: str, roles: Collection[RoleName], *, actor: str) -> int:
    """Create an account with roles for the whole service and return its id.

    - Raises InvalidInput with ``email`` or ``password`` if one is invalid, taken or too weak.
    """
    email = normalize_email(email)
    hashed = hash_checked(email, password)
    with transaction() as session:
        if find_user(session, email):
            raise InvalidInput({"email": Problem(AccountProblem.EMAIL_TAKEN)})
        user = add_user(session, email, hashed)
        names = ", ".join(role.value for role in roles)
        record(session, "staff.created", "staff", user.id, actor=actor, detail={"role": names})
        for role in roles:
            grant_role(session, user.id, role, actor=actor)
        return user.id


def add_user(session: Session, email: str, hashed: str) -> User:
    """Add an account without roles to the session; the address must be free."""
    user = User(
        email=email, password=hashed, active=True, fs_uniquifier=secrets.token_hex(32), roles=[]
    )
    session.add(user)
    session.flush()
    return user


def list_staff() -> list[StaffMember]:
    """Return all accounts by e-mail address."""
    users = db.session.scalars(select(User).options(selectinload(User.roles)).order_by(User.email))
    return [
        StaffMember(
            user.id, user.email, tuple(sorted({grant.role for grant in user.roles})), user.active
        )
        for user in users
    ]


def set_active(email: str, active: bool, *, actor: str) -> bool:
    """Enable or disable an account, and end its sessions; return whether that changed it.

    - Open invitations of an account that is disabled are called back. Raises NotFound.
    """
    with transaction() as session:
        user = get_user(session, email)
        if user.active == active:
            return False
        user.active = active
        drop_sessions(session, user)
        record(
            session, "staff.enabled" if active else "staff.disabled", "staff", user.id, actor=actor
        )
        if not active:
            call_back_invitations(session, user.id, actor=actor)
        return True


def set_password(email: str, password: str, *, actor: str) -> None:
    """Set the password of an account and end its sessions.

    - Raises NotFound, and InvalidInput with ``password``.
    """
    hashed = hash_checked(normalize_email(email), password)
    with transaction() as session:
        user = get_user(session, email)
        user.password = hashed
        drop_sessions(session, user)
        record(session, "staff.password_changed", "staff", user.id, actor=actor)


def drop_sessions(session: Session, user: User) -> None:
    """End every session of an account, which invalidates all copies of its cookies."""
    user.fs_uniquifier = secrets.token_hex(32)
    session.execute(delete(AccountSession).where(AccountSession.user_id == user.id))


def end_sessions(user_id: int, *, actor: str) -> None:
    """End every session of an account and record it."""
    with transaction() as session:
        drop_sessions(session, session.get_one(User, user_id))
        record(session, "staff.signed_out", "staff", user_id, actor=actor)


def record_refusal(
    action: str, portal: PortalName, account: int, *, actor: str, detail: Detail
) -> None:
    """Record a refusal in a portal; ``account`` is 0 where there is none."""
    with transaction() as session:
        record(session, action, portal.value, account, actor=actor, detail=detail)
