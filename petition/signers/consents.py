"""Writes consents for organizations, and the journal of those that were stopped."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.journals.marks import make_mark
from petition.models import (
    Campaign,
    Consent,
    ConsentOffer,
    Organization,
    OrganizationState,
    Signature,
)
from petition.models.campaigns.campaign import ConsentSharing
from petition.signers.erasure_log import write_down_stops

# Where a consent was given: the page after signing, the signer's private page.
AFTER, PRIVATE = "after", "private"
COPIED = (
    "signature_id",
    "offer_id",
    "campaign_id",
    "organization_id",
    "purpose",
    "given_at",
    "source",
)


def is_offered(session: Session, campaign_id: int, offer_id: int) -> bool:
    """Return whether a campaign offers it now, for an organization that is approved."""
    offered = (
        select(ConsentOffer.id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(
            ConsentOffer.id == offer_id,
            ConsentOffer.campaign_id == campaign_id,
            ConsentOffer.retired_at.is_(None),
            Organization.state == OrganizationState.APPROVED,
        )
    )
    return session.scalar(offered) is not None


def is_asked(session: Session, signature: Signature, offer_id: int, source: str = "") -> bool:
    """Return whether this signer is asked for an offer, besides that it is offered.

    - Where organizations share by their own link: only by the one whose link they came by
      (``source``, its slug), or by whose link they gave this before.
    """
    if session.get_one(Campaign, signature.campaign_id).sharing != ConsentSharing.OWN_LINK:
        return True
    by_link = (
        select(ConsentOffer.id)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(ConsentOffer.id == offer_id, Organization.slug == source)
    )
    before = (
        select(Consent.id)
        .join(Organization, Organization.id == Consent.organization_id)
        .where(
            Consent.signature_id == signature.id,
            Consent.offer_id == offer_id,
            Consent.source == name_link(Organization.slug),
        )
    )
    return bool(session.scalar(select(exists(by_link) | exists(before))))


def name_link(slug: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Return the source of a consent that was given by an organization's link."""
    return literal("link:") + slug


def write_consent(session: Session, signature_id: int, offer_id: int, source: str) -> None:
    """Store that a signer gives it now, also once more after a withdrawal.

    - ``source``: where (Consent). The caller has locked the signature, so that its end and this
      come one after the other.
    - Where organizations share by their own link, the source is the link: the caller has asked
      ``is_asked``, and the database takes no other (``consents_refuse_other_link``).
    """
    now = utcnow()
    by_link = session.scalar(
        select(name_link(Organization.slug))
        .join(ConsentOffer, ConsentOffer.organization_id == Organization.id)
        .join(Campaign, Campaign.id == ConsentOffer.campaign_id)
        .where(ConsentOffer.id == offer_id, Campaign.sharing == ConsentSharing.OWN_LINK)
    )
    source = by_link or source
    copied = select(
        literal(signature_id),
        ConsentOffer.id,
        ConsentOffer.campaign_id,
        ConsentOffer.organization_id,
        ConsentOffer.purpose,
        literal(now, Consent.given_at.type),
        literal(source),
    ).where(ConsentOffer.id == offer_id)
    session.execute(
        insert_into(session, Consent)
        .from_select(COPIED, copied)
        .on_conflict_do_update(
            index_elements=["signature_id", "offer_id"],
            set_={"given_at": now, "withdrawn_at": None, "withdrawn_by": None, "source": source},
            where=Consent.withdrawn_at.is_not(None),
        )
    )
    wake_after_commit(session, Stage.CONSENTS)


def end_consent(session: Session, signature_id: int, offer_id: int) -> bool:
    """Store that a signer withdraws it now; return whether it was in force.

    - The caller has locked the signature, as for ``write_consent``.
    """
    return bool(_end(session, signature_id, Consent.offer_id == offer_id))


def end_consents_of(
    session: Session, signature_id: int, organization_id: int, *, by: str | None = None
) -> int:
    """Store that a signer withdraws all that one organization has; return how many it had.

    - The caller has locked the signature, as for ``write_consent``. ``by``: who ended them in place
      of the signer (Consent.withdrawn_by).
    """
    return _end(session, signature_id, Consent.organization_id == organization_id, by)


def _end(
    session: Session, signature_id: int, which: ColumnElement[bool], by: str | None = None
) -> int:
    ended = session.scalars(
        update(Consent)
        .where(Consent.signature_id == signature_id, which, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=utcnow(), withdrawn_by=by)
        .returning(Consent.id)
    ).all()
    wake_after_commit(session, Stage.CONSENTS)
    return len(ended)


def write_down_stops_of(session: Session, signature_id: int, *which: ColumnElement[bool]) -> None:
    """Append to the journal which consents in force ``which`` holds of, before they are stopped.

    - So that a restored backup does not give them back; after a crash before the commit the replay
      completes it. The caller has locked the signature. Raises StorageUnavailable.
    """
    rows = session.execute(
        select(Consent.offer_id, Signature.email_digest, Signature.created_at)
        .join(Signature, Signature.id == Consent.signature_id)
        .where(Signature.id == signature_id, Consent.withdrawn_at.is_(None), *which)
    ).all()
    if rows and rows[0].email_digest is not None:
        mark = make_mark(signature_id, rows[0].email_digest, rows[0].created_at)
        write_down_stops(signature_id, mark, [row.offer_id for row in rows])


def read_given(signature_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """Return since when each consent in force was given, by signature and offer."""
    rows = db.session.execute(
        select(Consent.signature_id, Consent.offer_id, Consent.given_at).where(
            Consent.signature_id.in_(signature_ids), Consent.withdrawn_at.is_(None)
        )
    )
    return {(row.signature_id, row.offer_id): row.given_at for row in rows}


def stop_offer(signature_id: int, offer_id: int) -> None:
    """Withdraw one consent, as its signer had decided before a restore."""
    with transaction() as session:
        session.get(Signature, signature_id, with_for_update=True)
        if end_consent(session, signature_id, offer_id):
            detail = {"offer": offer_id}
            record(
                session,
                "consent.withdrawn",
                "signature",
                signature_id,
                actor="replay",
                detail=detail,
            )
