"""Changes of an account by somebody else: roles, sign-in, second factor, invitations.

- The command line and the staff pages call these. Nobody changes their own account.
- The last admin stays: the triggers ``role_grants_keep_admin_at_delete`` and
  ``users_keep_admin_at_update`` refuse it, whichever code tries, also of two who remove each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.accounts.account_problems import AccountProblem
from petition.accounts.addresses import normalize_email
from petition.accounts.invitations import invite
from petition.accounts.role_grants import grant_role, take_role
from petition.accounts.staff_accounts import set_active
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, transaction
from petition.models import (
    GROUP_ROLES,
    Campaign,
    Organization,
    RoleGrant,
    RoleName,
    User,
)

# The words of the triggers that keep one.
KEPT = {"admin": AccountProblem.LAST_ADMIN, "owner": AccountProblem.LAST_OWNER}


class AccountKept(UserError):
    """The change would leave the service without an admin, or an organization without an owner."""

    code = "conflict"
    status = 409


class OwnAccount(UserError):
    """Somebody tried to change their own account."""

    code = "conflict"
    status = 409


def give_role(
    user_id: int,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Grant a role; return whether it is new.

    - Raises NotFound, OwnAccount, and InvalidInput with ``role`` or ``scope``.
    """
    refuse_own(user_id, actor)
    is_group = role in GROUP_ROLES
    if is_group is (organization_id is None) or (is_group and campaign_id is not None):
        raise InvalidInput({"role": Problem(AccountProblem.ROLE_UNSCOPED)})
    with transaction() as session:
        # Of two that give a role at once, the second sees that it is there.
        _check_account(session, user_id)
        _check_scope(session, campaign_id, organization_id)
        return grant_role(
            session,
            user_id,
            role,
            actor=actor,
            campaign_id=campaign_id,
            organization_id=organization_id,
        )


def revoke_role(
    user_id: int,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Take a role away; return whether it was held.

    - Raises OwnAccount, and AccountKept for the last admin or owner.
    """
    refuse_own(user_id, actor)
    with _keeping_one(), transaction() as session:
        return take_role(
            session,
            user_id,
            role,
            actor=actor,
            campaign_id=campaign_id,
            organization_id=organization_id,
        )


def revoke_grant(user_id: int, grant_id: int, *, actor: str) -> None:
    """Take one of an account's roles away, by the number of its grant.

    - Raises NotFound if the account does not have it, OwnAccount, and AccountKept.
    """
    found = db.session.get(RoleGrant, grant_id)
    if found is None or found.user_id != user_id:
        raise NotFound(AccountProblem.GRANT_ENDED)
    role, scope = RoleName(found.role), (found.campaign_id, found.organization_id)
    db.session.rollback()
    taken = revoke_role(user_id, role, actor=actor, campaign_id=scope[0], organization_id=scope[1])
    if not taken:
        raise NotFound(AccountProblem.GRANT_ENDED)


def allow_sign_in(email: str, allowed: bool, *, actor: str) -> bool:
    """Enable or disable an account, and end its sessions; return whether that changed it.

    - Raises NotFound, OwnAccount, and AccountKept for the last admin.
    """
    refuse_own(db.session.scalar(_find(email)), actor)
    with _keeping_one():
        return set_active(email, allowed, actor=actor)


def invite_another(
    email: str,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> int:
    """Invite somebody else's address to a role; return the invitation's id.

    - Raises OwnAccount for the actor's own address, and InvalidInput with ``email``, ``role`` or
      ``scope``.
    """
    with transaction() as session:
        refuse_own(session.scalar(_find(email)), actor)
        _check_scope(session, campaign_id, organization_id)
    return invite(
        email, role, actor=actor, campaign_id=campaign_id, organization_id=organization_id
    )


def refuse_own(user_id: int | None, actor: str) -> None:
    """Raise OwnAccount if an actor is the account; ``actor`` is as in events."""
    if user_id is not None and actor == f"staff:{user_id}":
        raise OwnAccount(AccountProblem.OWN_ACCOUNT)


def _find(email: str) -> Select[int]:
    return select(User.id).where(User.email == normalize_email(email))


def _check_account(session: Session, user_id: int) -> None:
    if session.get(User, user_id, with_for_update=True) is None:
        raise NotFound(AccountProblem.NO_ACCOUNT)


def _check_scope(session: Session, campaign_id: int | None, organization_id: int | None) -> None:
    for model, number in ((Campaign, campaign_id), (Organization, organization_id)):
        if number is not None and not session.scalar(select(exists().where(model.id == number))):
            raise InvalidInput({"scope": Problem(AccountProblem.SCOPE_UNKNOWN)})


@contextmanager
def _keeping_one() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        for word, problem in KEPT.items():
            if f"keeps one {word} at least" in str(error.orig):
                raise AccountKept(problem) from None
        raise
