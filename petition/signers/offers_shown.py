"""What a signer was asked by organizations, and what became of it."""

from enum import StrEnum
from typing import Any

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Consent, ConsentOffer, OfferSet, Organization, Signature


class ConsentStatus(StrEnum):
    """What became of an offer for one signer. None of them is a refusal of anything else."""

    NOT_KNOWN = "not known"  # whether it was shown; signed before that was kept, or imported
    NOT_SHOWN = "not shown"
    SHOWN = "shown"  # and not given
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


def list_shown(signature_id: int) -> list[dict[str, Any]]:
    """Return each offer of a signature's campaign: organization, purpose, wording, ``status``.

    - Shown: with the form or on the page after it. Each private page shows the offers of its day
      as well; a visit there is not written down.
    """
    rows = db.session.execute(
        select(
            ConsentOffer.id,
            ConsentOffer.created_at,
            ConsentOffer.purpose,
            ConsentOffer.wording,
            Organization.name.label("organization"),
            Consent.id.label("consent_id"),
            Consent.withdrawn_at,
            OfferSet.offers,
            Signature.created_at.label("signed_at"),
        )
        .select_from(Signature)
        .join(ConsentOffer, ConsentOffer.campaign_id == Signature.campaign_id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .outerjoin(OfferSet, OfferSet.id == Signature.offer_set_id)
        .outerjoin(
            Consent, (Consent.offer_id == ConsentOffer.id) & (Consent.signature_id == Signature.id)
        )
        .where(Signature.id == signature_id)
        .order_by(Organization.name, ConsentOffer.id)
    )
    return [
        {
            "organization": row.organization,
            "purpose": row.purpose,
            "wording": row.wording,
            "status": _judge(row),
        }
        for row in rows
    ]


def _judge(row: Any) -> ConsentStatus:
    if row.consent_id is not None:
        return ConsentStatus.GIVEN if row.withdrawn_at is None else ConsentStatus.WITHDRAWN
    if row.offers is not None:
        return ConsentStatus.SHOWN if row.id in row.offers else ConsentStatus.NOT_SHOWN
    # Made after the signing: not shown with it, whatever was.
    return ConsentStatus.NOT_SHOWN if row.created_at > row.signed_at else ConsentStatus.NOT_KNOWN
