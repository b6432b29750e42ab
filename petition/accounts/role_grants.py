"""Granting and taking roles."""

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from petition.accounts.inviters import call_back_invitations
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.models import RoleGrant, RoleName


def grant_role(
    session: Session,
    user_id: int,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Grant a role for the service, a campaign or an organization; return whether it is new."""
    held = _match(user_id, role, campaign_id, organization_id)
    if session.scalar(select(RoleGrant.id).where(*held)) is not None:
        return False
    session.add(
        RoleGrant(
            user_id=user_id,
            role=role.value,
            campaign_id=campaign_id,
            organization_id=organization_id,
            granted_at=utcnow(),
            granted_by=actor,
        )
    )
    _record(session, "granted", user_id, role, actor, campaign_id, organization_id)
    return True


def take_role(
    session: Session,
    user_id: int,
    role: RoleName,
    *,
    actor: str,
    campaign_id: int | None = None,
    organization_id: int | None = None,
) -> bool:
    """Take a role away; return whether it was held.

    - Open invitations that the account made and may not make any more are called back.
    """
    held = _match(user_id, role, campaign_id, organization_id)
    taken = session.scalars(delete(RoleGrant).where(*held).returning(RoleGrant.id)).all()
    if taken:
        _record(session, "taken", user_id, role, actor, campaign_id, organization_id)
        call_back_invitations(session, user_id, actor=actor)
    return bool(taken)


def _match(
    user_id: int, role: RoleName, campaign_id: int | None, organization_id: int | None
) -> tuple[ColumnElement[bool], ...]:
    return (
        RoleGrant.user_id == user_id,
        RoleGrant.role == role,
        RoleGrant.campaign_id.is_not_distinct_from(campaign_id),
        RoleGrant.organization_id.is_not_distinct_from(organization_id),
    )


def _record(
    session: Session,
    what: str,
    user_id: int,
    role: RoleName,
    actor: str,
    campaign_id: int | None,
    organization_id: int | None,
) -> None:
    detail = {"role": role.value, "campaign": campaign_id, "organization": organization_id}
    record(
        session,
        f"role.{what}",
        "account",
        user_id,
        actor=actor,
        detail={name: value for name, value in detail.items() if value is not None},
    )
