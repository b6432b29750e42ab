"""Stop one organization by a link, without signing in; what others may do is unchanged."""

from dataclasses import dataclass

from sqlalchemy import select

from petition.audit.trail import record
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, Organization, Signature
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
        session.get(Signature, signature_id, with_for_update=True)
        its = Consent.organization_id == organization_id
        write_down_stops_of(session, signature_id, its)
        if end_consents_of(session, signature_id, organization_id):
            detail = {"organization": organization_id}
            record(
                session,
                "consent.withdrawn",
                "signature",
                signature_id,
                actor="signer",
                detail=detail,
            )
    return read_leaving(token)
