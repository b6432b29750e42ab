"""Changes of an organization by its owners: shown at once, or decided by staff.

- A name and the members of an umbrella group are part of what signers consented to: their consent
  names the groups. These wait for staff, as bases do (bases/base_changes.py). All else (web page,
  texts, contact, reach, logo) is shown at once: it widens nobody's consent.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db, transaction
from petition.models import Organization, OrganizationChange, StaffDecision
from petition.partners.bases.reach_areas import list_known
from petition.partners.offer_wordings import rename_in_offers
from petition.partners.partner_problems import PartnerProblem
from petition.partners.profile.organization_form import (
    MOST_LISTED,
    OrganizationEdit,
    read_divisions,
)


def read_organization(organization_id: int) -> tuple[Organization, dict[str, Any]]:
    """Return an organization, and the values that wait for staff by column."""
    change = db.session.scalar(_select_waiting(organization_id))
    found = db.session.get_one(Organization, organization_id)
    return found, dict(change.values) if change else {}


def edit_organization(organization_id: int, edit: OrganizationEdit, *, actor: str) -> bool:
    """Store an owner's changes; return whether some of them wait for staff.

    - What waits is replaced by a later change, and dropped if that asks for what is there.
    - Raises InvalidInput with ``reach_divisions`` for a new one of which no district is in force.
    """
    with transaction() as session:
        found = session.get_one(Organization, organization_id, with_for_update=True)
        _check_divisions(found, edit.at_once.get("reach_divisions", []))
        changed = [name for name, value in edit.at_once.items() if getattr(found, name) != value]
        for name in changed:
            setattr(found, name, edit.at_once[name])
        if edit.logo is not None:
            found.logo, found.logo_type = edit.logo
            changed.append("logo")
        if changed:
            detail = {"fields": ", ".join(changed)}
            _note(session, "organization.edited", organization_id, actor, detail)
        before = session.scalar(_select_waiting(organization_id).with_for_update())
        asked = edit.waiting.items()
        values = {name: value for name, value in asked if getattr(found, name) != value}
        if before is None and not values:
            return False
        if before is not None and not values:
            session.delete(before)
            _note(session, "organization.change_dropped", organization_id, actor)
            return False
        if before is not None and before.values == values:
            return True
        if before is None:
            before = OrganizationChange(organization_id=organization_id)
            session.add(before)
        before.values, before.made_by, before.made_at = values, actor, utcnow()
        detail = {"fields": ", ".join(values)}
        _note(session, "organization.change_asked", organization_id, actor, detail)
        return True


def choose_districts(
    organization_id: int, *, shown: Collection[str], chosen: Sequence[str], actor: str
) -> int:
    """Store the districts that an owner ticked as the reach; return how many there are now.

    - ``chosen``: division ids that were ticked. ``shown``: those of the reach that the owner saw,
      of which the others are given up; what a colleague added meanwhile stays.
    - Districts take the place of kilometers. Raises InvalidInput with ``reach_divisions``.
    """
    if len(set(chosen)) > MOST_LISTED:
        raise _too_many()
    asked = read_divisions(chosen)
    if asked is None:
        raise InvalidInput({"reach_divisions": Problem(PartnerProblem.DIVISION_REFUSED)})
    with transaction() as session:
        found = session.get_one(Organization, organization_id, with_for_update=True)
        before = found.reach_divisions
        kept = [one for one in before if one in asked or one not in shown]
        divisions = kept + [one for one in asked if one not in kept]
        if len(divisions) > MOST_LISTED:
            raise _too_many()
        _check_divisions(found, divisions)
        if divisions != before:
            found.reach_divisions = divisions
            found.reach_km = None if divisions else found.reach_km
            detail = {"fields": "reach_divisions"}
            _note(session, "organization.edited", organization_id, actor, detail)
        return len(divisions)


def decide_change(change_id: int, decision: StaffDecision, *, actor: str, because: str) -> None:
    """Approve or refuse a change that waits; one of two at the same moment succeeds.

    - Raises NotFound, and InvalidInput with ``because`` for a refusal without one.
    """
    missing = PartnerProblem.WHY_MISSING if decision is StaffDecision.REFUSED else None
    because = read_reason(because, missing, None, field="because")
    with transaction() as session:
        change = session.get(OrganizationChange, change_id, with_for_update=True)
        if change is None or change.decision is not None:
            raise NotFound(PartnerProblem.NO_CHANGE)
        if decision is StaffDecision.APPROVED:
            found = session.get_one(Organization, change.organization_id, with_for_update=True)
            asked = change.values
            rename_in_offers(session, found, name=asked.get("name"), members=asked.get("members"))
        change.decision, change.decided_at = decision.value, utcnow()
        change.decided_by, change.because = actor, because
        action = f"organization.change_{decision}"
        detail = {"fields": ", ".join(change.values), "because": because}
        _note(session, action, change.organization_id, actor, detail)


def _too_many() -> InvalidInput:
    problem = Problem(PartnerProblem.DIVISIONS_MANY, {"most": MOST_LISTED})
    return InvalidInput({"reach_divisions": problem})


def _check_divisions(found: Organization, asked: list[str]) -> None:
    # One that was known when it was chosen may stay until its owner takes it away.
    added = [division for division in asked if division not in found.reach_divisions]
    known = list_known(added) if added else set()
    for division in added:
        if division not in known:
            problem = Problem(PartnerProblem.DIVISION_UNKNOWN, {"division": division})
            raise InvalidInput({"reach_divisions": problem})


def _select_waiting(organization_id: int) -> Any:
    return select(OrganizationChange).where(
        OrganizationChange.organization_id == organization_id,
        OrganizationChange.decision.is_(None),
    )


def _note(
    session: Session,
    action: str,
    organization_id: int,
    actor: str,
    detail: dict[str, str] | None = None,
) -> None:
    record(session, action, "organization", organization_id, actor=actor, detail=detail)
