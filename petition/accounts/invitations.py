"""Invitations by e-mail: made, sent again, called back, accepted once.

- Whoever is invited chooses a password, or has an account already and gets the role with it. The
  link alone shows nothing but the address and the role, and does nothing: only its form acts.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.accounts.account_links import AccountLink, read_account_token
from petition.accounts.account_mails import make_secret, plan_mail
from petition.accounts.account_problems import AccountProblem
from petition.accounts.addresses import find_user, normalize_email
from petition.accounts.invitation_list import find_portal_of, read_invitation
from petition.accounts.inviters import check_inviter
from petition.accounts.passwords import hash_checked
from petition.accounts.role_grants import grant_role
from petition.accounts.staff_accounts import add_user
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, TokenRefused
from petition.core.extensions import transaction
from petition.models import (
    AccountMailKind,
    Invitation,
    PortalName,
    RoleGrant,
    RoleName,
    User,
)

LIFE = timedelta(days=7)


def invite(
    email: str,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> int:
    """Invite an address to a role by e-mail; return the invitation's id.

    - An open invitation to the same role is sent again, with a new link.
    - Raises InvalidInput with ``email``, or with ``role`` if its scope is not one for the role.
    """
    with transaction() as session:
        return add_invitation(
            session,
            email,
            role,
            actor=actor,
            campaign_id=campaign_id,
            organization_id=organization_id,
        )


def add_invitation(
    session: Session,
    email: str,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> int:
    """Invite an address as ``invite`` does, in a transaction that the caller commits."""
    email = normalize_email(email)
    portal = find_portal_of(role)
    is_group = portal is PortalName.PARTNER
    if is_group is (organization_id is None) or (is_group and campaign_id is not None):
        raise InvalidInput({"role": Problem(AccountProblem.ROLE_UNSCOPED)})
    now = utcnow()
    if _holds(session, email, role, campaign_id, organization_id):
        raise InvalidInput({"email": Problem(AccountProblem.ROLE_HELD)})
    same = session.scalar(
        select(Invitation).where(
            Invitation.email == email,
            Invitation.role == role,
            Invitation.campaign_id.is_not_distinct_from(campaign_id),
            Invitation.organization_id.is_not_distinct_from(organization_id),
            *_not_ended(),
        )
    )
    if same is not None:
        _send_again(session, same, portal, actor)
        return same.id
    made = Invitation(
        email=email,
        role=role.value,
        campaign_id=campaign_id,
        organization_id=organization_id,
        secret=make_secret(),
        invited_by=actor,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(made)
    session.flush()
    plan_mail(session, AccountMailKind.INVITATION, portal, invitation_id=made.id)
    detail = {"role": role.value, "campaign": campaign_id, "organization": organization_id}
    known = {name: value for name, value in detail.items() if value is not None}
    record(session, "invitation.made", "invitation", made.id, actor=actor, detail=known)
    return made.id


def send_again(invitation_id: int, *, actor: str) -> None:
    """Send an invitation again with a new link and a new expiry; the earlier link is void.

    - Raises NotFound, also for one that has ended.
    """
    with transaction() as session:
        found = _get_open(session, invitation_id)
        _send_again(session, found, find_portal_of(RoleName(found.role)), actor)


def call_back(invitation_id: int, *, actor: str) -> None:
    """Call an invitation back: its link is void; raises NotFound, also for one that has ended."""
    with transaction() as session:
        _get_open(session, invitation_id).called_back_at = utcnow()
        record(session, "invitation.called_back", "invitation", invitation_id, actor=actor)


def accept(token: str, portal: PortalName, password: str) -> tuple[int, bool]:
    """Accept an invitation; return the account's id, and whether it is new.

    - ``password``: of a new account; not read for one that exists.
    - Of several at the same moment one succeeds. Raises TokenRefused for the others, and
      InvalidInput with ``password``.
    """
    found = read_invitation(token, portal)
    hashed = "" if found.has_account else hash_checked(found.email, password)
    _, secret = read_account_token(AccountLink.INVITATION, token)
    with transaction() as session:
        row = session.scalar(
            select(Invitation)
            .where(
                Invitation.id == found.id,
                Invitation.secret == secret,
                Invitation.expires_at > utcnow(),
                *_not_ended(),
            )
            .with_for_update()
        )
        if row is None:
            raise TokenRefused(AccountProblem.LINK_SPENT)
        check_inviter(session, row)
        user = find_user(session, row.email)
        is_new = user is None
        if user is None and not hashed:
            raise TokenRefused(AccountProblem.LINK_SPENT)
        user = user or _add_user(session, row.email, hashed)
        row.accepted_at, row.user_id = utcnow(), user.id
        actor = f"{portal}:{user.id}"
        record(session, "invitation.accepted", "invitation", row.id, actor=actor)
        grant_role(
            session,
            user.id,
            RoleName(row.role),
            actor=row.invited_by,
            campaign_id=row.campaign_id,
            organization_id=row.organization_id,
        )
        return user.id, is_new


def _add_user(session: Session, email: str, hashed: str) -> User:
    try:
        return add_user(session, email, hashed)
    except IntegrityError:
        # Another invitation of the same address was accepted at this moment: this one is open yet.
        raise TokenRefused(AccountProblem.LINK_SPENT) from None


def _send_again(session: Session, found: Invitation, portal: PortalName, actor: str) -> None:
    found.secret, found.expires_at = make_secret(), utcnow() + LIFE
    found.invited_by = actor  # who vouches for it now
    plan_mail(session, AccountMailKind.INVITATION, portal, invitation_id=found.id)
    record(session, "invitation.sent_again", "invitation", found.id, actor=actor)


def _get_open(session: Session, invitation_id: int) -> Invitation:
    found = session.get(Invitation, invitation_id, with_for_update=True)
    if found is None:
        raise NotFound(AccountProblem.NO_INVITATION)
    if found.accepted_at is not None or found.called_back_at is not None:
        raise NotFound(AccountProblem.NOT_OPEN)
    return found


def _not_ended() -> tuple[ColumnElement[bool], ...]:
    return Invitation.accepted_at.is_(None), Invitation.called_back_at.is_(None)


def _holds(
    session: Session,
    email: str,
    role: RoleName,
    campaign_id: int | None,
    organization_id: int | None,
) -> bool:
    held = (
        select(RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            User.email == email,
            RoleGrant.role == role,
            RoleGrant.campaign_id.is_not_distinct_from(campaign_id),
            RoleGrant.organization_id.is_not_distinct_from(organization_id),
        )
    )
    return session.scalar(held) is not None
