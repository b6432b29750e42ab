"""People near a base in tests, who allowed organizations to contact them."""

from datetime import datetime
from typing import Any

import h3
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, OrganizationBase
from petition.partners.bases.base_list import list_bases
from petition.partners.consents.consent_places import place_consents
from petition.partners.lookups.near_cells import NearFilter
from petition.partners.lookups.near_people import NearPage, look_up
from petition.partners.lookups.origins import find_origin
from tests.factories import make_base, make_campaign, make_consent, make_offer, make_signature

BASE = (42.3648, -71.1040)
HOME = str(h3.latlng_to_cell(*BASE, 7))
ACTOR = "partner:1"


def find_cell(steps: int) -> str:
    """Return a cell so many steps from that of the base."""
    return sorted(h3.grid_ring(HOME, steps))[0]


def add_campaign(**values: Any) -> int:
    with transaction() as session:
        return make_campaign(session, **values).id


def add_group(campaign_id: int, slug: str = "riders", at: Any = BASE, **values: Any) -> int:
    """Add an offer of an organization with a base; return the organization's id."""
    with transaction() as session:
        offer = make_offer(session, session.get_one(Campaign, campaign_id), slug=slug, **values)
        if at and not list_bases(offer.organization_id):
            make_base(session, offer.organization_id, at)
        return offer.organization_id


def move_base(group: int, at: tuple[float, float]) -> None:
    """Give up all bases of an organization, and approve one at another point."""
    with transaction() as session:
        session.execute(
            update(OrganizationBase)
            .where(OrganizationBase.organization_id == group, OrganizationBase.ended_at.is_(None))
            .values(ended_at=utcnow())
        )
        make_base(session, group, at)


def add_person(
    campaign_id: int,
    *groups: int,
    cell: str = HOME,
    purpose: str = "contact",
    given_at: datetime | None = None,
    **values: Any,
) -> int:
    """Add a proved signer who allows these organizations to contact them; return the signature."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        signature = make_signature(session, campaign, cell=cell, **values)
        for group in groups:
            allow(campaign_id, signature.id, group, purpose, given_at)
        found = signature.id
    while place_consents():
        pass
    return found


def allow(
    campaign_id: int,
    signature_id: int,
    group: int,
    purpose: str = "contact",
    given_at: datetime | None = None,
) -> None:
    """Add a consent, within the caller's transaction."""
    offer = db.session.scalars(
        select(ConsentOffer).where(
            ConsentOffer.campaign_id == campaign_id,
            ConsentOffer.organization_id == group,
            ConsentOffer.purpose == purpose,
        )
    ).one()
    make_consent(db.session(), signature_id, offer, given_at=given_at or utcnow())


def find_consents(signature_id: int) -> list[int]:
    found = db.session.scalars(
        select(Consent.id).where(Consent.signature_id == signature_id).order_by(Consent.id)
    ).all()
    db.session.rollback()
    return list(found)


def look(
    group: int,
    after: int | None = None,
    *,
    actor: str = ACTOR,
    base_id: int | None = None,
    **chosen: Any,
) -> NearPage:
    origin = find_origin(group, base_id=base_id)
    db.session.rollback()
    assert origin is not None
    return look_up(group, origin, NearFilter(**chosen), actor=actor, after=after)
