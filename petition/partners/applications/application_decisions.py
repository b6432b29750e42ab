"""Decisions of staff: approve or refuse an application; suspend an organization, resume it.

- Of two at the same moment one succeeds: each locks the row that it decides about, and changes it
  only if it is undecided. Each is an event with its reason.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.accounts.account_mails import plan_mail
from petition.accounts.invitations import add_invitation
from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.campaigns.offer_sets import store_offer_set
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    AccountMailKind,
    Campaign,
    CampaignOrganization,
    ConsentOffer,
    Organization,
    OrganizationApplication,
    OrganizationRole,
    OrganizationState,
    PortalName,
    RoleName,
    StaffDecision,
)
from petition.models.slug_problems import SlugProblem
from petition.partners.bases.base_changes import approve_waiting
from petition.partners.partner_problems import PartnerProblem
from petition.partners.slugs import is_slug_refused, suggest_slug


class AlreadyDecided(NotFound):
    """Somebody else has decided, or the organization is in another state."""

    code = "already-decided"
    status = 409


def approve(application_id: int, *, actor: str, slug: str = "", because: str = "") -> str:
    """Approve an application and invite the applicant as its first owner; return the slug.

    - ``slug``: made of the name if empty. ``because``: how staff know that the applicant speaks for
      the organization, required where the address is not at the domain of its web page.
    - Also one that was refused, with a reason. Raises NotFound, AlreadyDecided, and InvalidInput
      with ``slug`` or ``because``.
    """
    because = _read_because(because)
    with transaction() as session:
        row, organization = _get_decidable(session, application_id)
        if not because and (row.domain is None or row.decision is not None):
            raise InvalidInput({"because": Problem(PartnerProblem.VOUCH_MISSING)})
        organization.slug = _choose_slug(session, slug or suggest_slug(row.name))
        organization.state = OrganizationState.APPROVED
        approve_waiting(session, organization.id, actor=actor, because=because)
        _decide(row, StaffDecision.APPROVED, actor, because)
        _join(session, organization.id, row.campaigns)
        detail = {"proof": "domain" if row.domain else "vouched", "because": because}
        _flush(session, organization.slug)
        record(
            session,
            "organization.approved",
            "organization",
            organization.id,
            actor=actor,
            detail=detail,
        )
        add_invitation(
            session, row.email, RoleName.OWNER, actor=actor, organization_id=organization.id
        )
        return organization.slug


def refuse(application_id: int, *, actor: str, because: str) -> None:
    """Refuse an application, and e-mail the applicant the reason.

    - Raises NotFound, AlreadyDecided, InvalidInput with ``because``.
    """
    because = _read_because(because, required=True)
    with transaction() as session:
        row, organization = _get_decidable(session, application_id)
        if row.decision is not None:
            raise AlreadyDecided(PartnerProblem.APPLICATION_DECIDED)
        organization.state = OrganizationState.REFUSED
        _decide(row, StaffDecision.REFUSED, actor, because)
        plan_mail(
            session, AccountMailKind.REFUSAL, PortalName.PARTNER, application_id=application_id
        )
        wake_after_commit(session, Stage.MAIL)
        record(
            session,
            "organization.refused",
            "organization",
            organization.id,
            actor=actor,
            detail={"because": because},
        )


def suspend(slug: str, *, actor: str, because: str) -> None:
    """Suspend an approved organization: it is shown nowhere and looks nothing up.

    - Its members keep their accounts, and what signers consented to is kept: it has no effect
      meanwhile. Raises NotFound, AlreadyDecided, InvalidInput with ``because``.
    """
    _set_state(slug, OrganizationState.APPROVED, OrganizationState.SUSPENDED, actor, because)


def resume(slug: str, *, actor: str, because: str) -> None:
    """Resume a suspended organization; raises as ``suspend`` does."""
    _set_state(slug, OrganizationState.SUSPENDED, OrganizationState.APPROVED, actor, because)


def _set_state(
    slug: str, old: OrganizationState, new: OrganizationState, actor: str, because: str
) -> None:
    because = _read_because(because, required=True)
    with transaction() as session:
        found = session.scalar(
            select(Organization).where(Organization.slug == slug).with_for_update()
        )
        if found is None:
            raise NotFound(SlugProblem.ORGANIZATION_UNKNOWN, slug=slug)
        if found.state != old:
            raise AlreadyDecided(PartnerProblem.STATE_OTHERWISE)
        found.state = new
        session.flush()
        for campaign_id in _list_asking(session, found.id):
            store_offer_set(session.connection(), campaign_id)
        action = "suspended" if new is OrganizationState.SUSPENDED else "resumed"
        record(
            session,
            f"organization.{action}",
            "organization",
            found.id,
            actor=actor,
            detail={"because": because},
        )


def _list_asking(session: Session, organization_id: int) -> Sequence[int]:
    """Return the campaigns in which an organization asks signers for something now."""
    asks = ConsentOffer.organization_id == organization_id, ConsentOffer.retired_at.is_(None)
    return session.scalars(select(ConsentOffer.campaign_id).where(*asks).distinct()).all()


def _get_decidable(
    session: Session, application_id: int
) -> tuple[OrganizationApplication, Organization]:
    row = session.get(OrganizationApplication, application_id, with_for_update=True)
    if row is None or row.organization_id is None:
        raise NotFound(PartnerProblem.NO_APPLICATION)
    if row.decision == StaffDecision.APPROVED:
        raise AlreadyDecided(PartnerProblem.APPLICATION_DECIDED)
    return row, session.get_one(Organization, row.organization_id, with_for_update=True)


def _decide(
    row: OrganizationApplication, decision: StaffDecision, actor: str, because: str
) -> None:
    row.decision, row.decided_at = decision.value, utcnow()
    row.decided_by, row.because = actor, because


def _read_because(because: str, *, required: bool = False) -> str:
    missing = PartnerProblem.WHY_MISSING if required else None
    return read_reason(because, missing, PartnerProblem.TOO_LONG, field="because")


def _choose_slug(session: Session, slug: str) -> str:
    if is_slug_refused(slug):
        raise InvalidInput({"slug": Problem(PartnerProblem.SLUG_REFUSED, {"slug": slug[:60]})})
    if session.scalar(select(Organization.id).where(Organization.slug == slug)) is not None:
        raise InvalidInput({"slug": Problem(PartnerProblem.SLUG_TAKEN, {"slug": slug})})
    return slug


def _flush(session: Session, slug: str) -> None:
    try:
        session.flush()
    except IntegrityError:  # another was approved with it at this moment
        raise InvalidInput({"slug": Problem(PartnerProblem.SLUG_TAKEN, {"slug": slug})}) from None


def _join(session: Session, organization_id: int, slugs: list[str]) -> None:
    """List the organization as a supporter of campaigns; it asks their signers for nothing yet."""
    found = session.scalars(select(Campaign.id).where(Campaign.slug.in_(slugs)))
    for campaign_id in found.all():
        session.execute(
            insert_into(session, CampaignOrganization)
            .values(
                campaign_id=campaign_id,
                organization_id=organization_id,
                role=OrganizationRole.PARTNER,
                position=0,
            )
            .on_conflict_do_nothing()
        )
