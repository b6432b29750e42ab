"""Invitations as they are shown: all, those of one organization, or that of a link."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlalchemy import Row, Select, func, select

from petition.accounts.account_links import AccountLink, read_account_token
from petition.accounts.account_problems import AccountProblem
from petition.accounts.inviters import check_inviter
from petition.core.clock import utcnow
from petition.core.errors import TokenRefused
from petition.core.extensions import db
from petition.models import (
    GROUP_ROLES,
    AccountMail,
    Campaign,
    Invitation,
    Organization,
    PortalName,
    RoleName,
    User,
)


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation: ``state`` is ``open``, ``accepted``, ``called back`` or ``expired``.

    - ``scope``: the organization's name or the campaign's slug; empty for the whole service.
    - ``mailed_at``: when its e-mail was last accepted by the mail server; None if it was not yet.
    """

    id: int
    email: str
    role: str
    scope: str
    state: str
    created_at: datetime
    expires_at: datetime
    has_account: bool
    mailed_at: datetime | None


def list_invitations(organization_id: int | None = None) -> list[InvitationView]:
    """Return the invitations, the newest first; only those to one organization if it is given."""
    query = _select_views().order_by(Invitation.id.desc())
    if organization_id is not None:
        query = query.where(Invitation.organization_id == organization_id)
    return [_describe(row) for row in db.session.execute(query)]


def read_invitation(token: str, portal: PortalName) -> InvitationView:
    """Return the open invitation of a link, and change nothing.

    - Raises TokenRefused if it was used, called back, sent again or has expired, if whoever invited
      may not grant the role any more, or if it is for the other portal: all alike.
    """
    invitation_id, secret = read_account_token(AccountLink.INVITATION, token)
    row = db.session.execute(_select_views().where(Invitation.id == invitation_id)).one_or_none()
    if row is None or not compare_digest(row.Invitation.secret, secret):
        raise TokenRefused(AccountProblem.LINK_SPENT)
    found = _describe(row)
    if found.state != "open" or find_portal_of(RoleName(found.role)) is not portal:
        raise TokenRefused(AccountProblem.LINK_SPENT)
    check_inviter(db.session(), row.Invitation)
    return found


def find_portal_of(role: RoleName) -> PortalName:
    """Return the portal that a role is for."""
    return PortalName.PARTNER if role in GROUP_ROLES else PortalName.STAFF


def _select_views() -> Select[*tuple[Any, ...]]:
    mailed = (
        select(func.max(AccountMail.sent_at))
        .where(AccountMail.invitation_id == Invitation.id)
        .scalar_subquery()
    )
    return (
        select(Invitation, Organization.name, Campaign.slug, User.id, mailed)
        .outerjoin(Organization, Organization.id == Invitation.organization_id)
        .outerjoin(Campaign, Campaign.id == Invitation.campaign_id)
        .outerjoin(User, User.email == Invitation.email)
    )


def _describe(row: Row[*tuple[Any, ...]]) -> InvitationView:
    found, name, slug, user_id, mailed_at = row
    state = "open"
    if found.accepted_at is not None:
        state = "accepted"
    elif found.called_back_at is not None:
        state = "called back"
    elif found.expires_at <= utcnow():
        state = "expired"
    return InvitationView(
        id=found.id,
        email=found.email,
        role=found.role,
        scope=name or slug or "",
        state=state,
        created_at=found.created_at,
        expires_at=found.expires_at,
        has_account=user_id is not None,
        mailed_at=mailed_at,
    )
