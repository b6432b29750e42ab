"""Writes a consent for an organization: the page after signing and the private page share it."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.models import Consent, ConsentOffer


def is_offered(session: Session, campaign_id: int, offer_id: int) -> bool:
    """Return whether a campaign offers it now."""
    offered = select(ConsentOffer.id).where(
        ConsentOffer.id == offer_id,
        ConsentOffer.campaign_id == campaign_id,
        ConsentOffer.retired_at.is_(None),
    )
    return session.scalar(offered) is not None


def write_consent(session: Session, signature_id: int, offer_id: int) -> None:
    """Store that a signer gives it now, also once more after a withdrawal."""
    now = utcnow()
    row = {"signature_id": signature_id, "offer_id": offer_id, "given_at": now}
    session.execute(
        insert_into(session, Consent)
        .values(row)
        .on_conflict_do_update(
            index_elements=["signature_id", "offer_id"],
            set_={"given_at": now, "withdrawn_at": None},
            where=Consent.withdrawn_at.is_not(None),
        )
    )


def end_consent(session: Session, signature_id: int, offer_id: int) -> bool:
    """Store that a signer withdraws it now; return whether it was in force."""
    ended = session.scalar(
        update(Consent)
        .where(
            Consent.signature_id == signature_id,
            Consent.offer_id == offer_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=utcnow())
        .returning(Consent.id)
    )
    return ended is not None
