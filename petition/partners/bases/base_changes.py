"""Changes of the bases of an organization: owners ask and give up, staff decide.

- Whoever can be found depends on the bases, so that each waits for staff. To give one up is done
  at once: it widens nothing.
- Each change locks the organization first, so that two at once come one after the other.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import transaction
from petition.models import Organization, OrganizationBase, StaffDecision
from petition.models.organizations.organization_base import MOST_BASES, USABLE
from petition.partners.partner_problems import PartnerProblem
from petition.postal.zip_places import known_postal_code


def ask_base(organization_id: int, typed: str, *, actor: str) -> str:
    """Ask for a base in the middle of a ZIP code area; return the name of the place.

    - Raises InvalidInput with ``postal_code``: no such place, a base that the organization has or
      asked for, or more than MOST_BASES.
    """
    place = known_postal_code(typed.strip())
    if place is None or place.is_military or place.latitude is None or place.longitude is None:
        raise InvalidInput({"postal_code": Problem(PartnerProblem.ZIP_REFUSED)})
    with transaction() as session:
        session.get_one(Organization, organization_id, with_for_update=True)
        add_base(session, organization_id, place.place, place.latitude, place.longitude, by=actor)
        detail = {"base": place.place}
        _note(session, "organization.base_asked", organization_id, actor, detail)
    return place.place


def add_base(
    session: Session,
    organization_id: int,
    name: str,
    latitude: float,
    longitude: float,
    *,
    by: str,
    approved: bool = False,
) -> None:
    """Add a base that waits, or with ``approved`` one that ``by`` approves.

    - The caller has locked the organization, and commits. Raises InvalidInput with ``postal_code``.
    """
    live = select(OrganizationBase).where(
        OrganizationBase.organization_id == organization_id,
        OrganizationBase.ended_at.is_(None),
        func.coalesce(OrganizationBase.decision, "") != StaffDecision.REFUSED,
    )
    known = session.scalars(live).all()
    if any((base.latitude, base.longitude) == (latitude, longitude) for base in known):
        raise InvalidInput({"postal_code": Problem(PartnerProblem.BASE_KNOWN)})
    if len(known) >= MOST_BASES:
        raise InvalidInput(
            {"postal_code": Problem(PartnerProblem.BASES_FULL, {"most": MOST_BASES})}
        )
    now = utcnow()
    row = OrganizationBase(
        organization_id=organization_id,
        name=name,
        latitude=latitude,
        longitude=longitude,
        asked_by=by,
        asked_at=now,
    )
    if approved:
        _decide(row, StaffDecision.APPROVED, by, "", now)
    session.add(row)
    session.flush()


def approve_waiting(session: Session, organization_id: int, *, actor: str, because: str) -> None:
    """Approve all bases that wait, as their organization is approved; the caller commits."""
    waiting = select(OrganizationBase).where(
        OrganizationBase.organization_id == organization_id,
        OrganizationBase.decision.is_(None),
        OrganizationBase.ended_at.is_(None),
    )
    for base in session.scalars(waiting):
        _decide(base, StaffDecision.APPROVED, actor, because, utcnow())


def decide_base(base_id: int, decision: StaffDecision, *, actor: str, because: str) -> None:
    """Approve or refuse a base that waits; one of two at the same moment succeeds.

    - Raises NotFound, and InvalidInput with ``because`` for a refusal without one, or a long one.
    """
    missing = PartnerProblem.WHY_MISSING if decision is StaffDecision.REFUSED else None
    because = read_reason(because, missing, PartnerProblem.TOO_LONG, field="because")
    with transaction() as session:
        base, organization = _lock(session, base_id)
        if base.decision is not None or base.ended_at is not None:
            raise NotFound(PartnerProblem.NO_BASE)
        _decide(base, decision, actor, because, utcnow())
        if decision is StaffDecision.APPROVED and not organization.locality:
            organization.locality = base.name
        detail = {"base": base.name, "because": because}
        _note(session, f"organization.base_{decision}", organization.id, actor, detail)


def end_base(base_id: int, *, actor: str, organization_id: int | None = None) -> None:
    """Give up a base, or the request for one, at once.

    - ``organization_id``: only of this organization; None: of any (staff). Raises NotFound.
    """
    with transaction() as session:
        base, organization = _lock(session, base_id, organization_id)
        if base.ended_at is not None or base.decision == StaffDecision.REFUSED:
            raise NotFound(PartnerProblem.NO_BASE)
        base.ended_at = utcnow()
        session.flush()
        if base.decision is not None and organization.locality == base.name:
            left = select(OrganizationBase.name).where(
                OrganizationBase.organization_id == organization.id, USABLE
            )
            organization.locality = session.scalar(left.order_by(OrganizationBase.id)) or ""
        detail = {"base": base.name}
        _note(session, "organization.base_ended", organization.id, actor, detail)


def _lock(
    session: Session, base_id: int, organization_id: int | None = None
) -> tuple[OrganizationBase, Organization]:
    whose = session.scalar(
        select(OrganizationBase.organization_id).where(OrganizationBase.id == base_id)
    )
    if whose is None or (organization_id is not None and whose != organization_id):
        raise NotFound(PartnerProblem.NO_BASE)
    organization = session.get_one(Organization, whose, with_for_update=True)
    return session.get_one(OrganizationBase, base_id, with_for_update=True), organization


def _decide(
    base: OrganizationBase, decision: StaffDecision, actor: str, because: str, now: datetime
) -> None:
    base.decision, base.decided_at = decision.value, now
    base.decided_by, base.because = actor, because


def _note(
    session: Session, action: str, organization_id: int, actor: str, detail: dict[str, str]
) -> None:
    record(session, action, "organization", organization_id, actor=actor, detail=detail)
