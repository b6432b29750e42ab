"""Stop one organization: by a link, or by its own report; what others may do is unchanged."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentChange, Organization, Signature
from petition.partners.people.person_ids import read_person
from petition.signers.consents import end_consents_of, write_down_stops_of
from petition.signing.group_links import read_group_token
from petition.signing.link_tokens import refuse_link


@dataclass(frozen=True, slots=True)
class GroupLeaving:
    """What a link stops; ``done``: the organization has no consent of this signer in force."""

    organization: str
    campaign_slug: str
    campaign_title: str
    campaign_language: str
    done: bool


def read_leaving(token: str) -> GroupLeaving:
    """Return what the link stops; changes nothing. Raises TokenRefused."""
    signature_id, organization_id = read_group_token(token)
    in_force = select(Consent.id).where(
        Consent.signature_id == signature_id,
        Consent.organization_id == organization_id,
        Consent.withdrawn_at.is_(None),
    )
    row = db.session.execute(
        select(Organization.name, Campaign.slug, Campaign.title, Campaign.language)
        .select_from(Signature)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .join(Organization, Organization.id == organization_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None:
        raise refuse_link()
    return GroupLeaving(*row, done=db.session.scalar(in_force.limit(1)) is None)


def leave_group(token: str) -> GroupLeaving:
    """Withdraw all that the link's organization was allowed; safe to repeat. Raises TokenRefused.

    - Written into the journal first, so that a restored backup does not undo it. In any state of
      the signature, in one transaction with what organizations are told.
    """
    signature_id, organization_id = read_group_token(token)
    with transaction() as session:
        _end_all(session, signature_id, organization_id)
    return read_leaving(token)


def report_erasure(organization_id: int, identifier: str, *, actor: str) -> None:
    """End what a person allowed an organization, which says that they asked it to be erased.

    - ``identifier``: the person's, as the API or an export gave it to this organization. Nothing
      happens, and nothing is told, for any other: of another organization, of a person of whom it
      was never told, of nobody. Safe to repeat.
    - Written into the journal first. The signature itself, and what other organizations may do, is
      unchanged. ``actor``: ``token:<id>``, which the signer's private page knows as the
      organization.
    """
    known = read_person(identifier, organization_id)
    told = select(ConsentChange.id).where(ConsentChange.consent_id == Consent.id)
    with transaction() as session:
        signature_id = session.scalar(
            select(Consent.signature_id)
            .where(
                Consent.organization_id == organization_id,
                or_(Consent.signature_id == known.signature_id, Consent.id == known.consent_id),
                told.exists(),
            )
            .limit(1)
        )
        if signature_id is None:
            return
        ended = _end_all(session, signature_id, organization_id, by=actor)
        if ended:
            record(
                session,
                "organization.erasure_reported",
                "organization",
                organization_id,
                actor=actor,
                detail={"consents": ended},
            )


def _end_all(
    session: Session, signature_id: int, organization_id: int, *, by: str | None = None
) -> int:
    """End an organization's consents of a signature; return how many were in force."""
    session.get(Signature, signature_id, with_for_update=True)
    write_down_stops_of(session, signature_id, Consent.organization_id == organization_id)
    ended = end_consents_of(session, signature_id, organization_id, by=by)
    if ended:
        record(
            session,
            "consent.withdrawn",
            "signature",
            signature_id,
            actor=by or "signer",
            detail={"organization": organization_id},
        )
    return ended
