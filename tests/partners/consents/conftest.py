"""A signer of a campaign in which two organizations ask for a consent."""

from dataclasses import dataclass

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentChange, ConsentOffer
from tests.factories import make_campaign, make_consent, make_offer, make_signature

CELL = "872a306e6ffffff"


@dataclass(frozen=True)
class Signed:
    """Ids of what was made; ``consents``: by the organization's slug."""

    campaign_id: int
    signature_id: int
    offers: dict[str, int]
    groups: dict[str, int]
    consents: dict[str, int]

    def list_changes(self) -> list[tuple[str, str]]:
        """Return (organization, kind) of each change, in order."""
        slugs = {group: slug for slug, group in self.groups.items()}
        rows = db.session.execute(
            select(ConsentChange.organization_id, ConsentChange.kind).order_by(ConsentChange.id)
        ).all()
        db.session.rollback()
        return [(slugs[row.organization_id], row.kind) for row in rows]


@pytest.fixture
def signed(context: AppContext) -> Signed:
    """One proved signer with a cell, who allowed ``riders`` and ``walkers`` to contact them."""
    with transaction() as session:
        campaign = make_campaign(session)
        made = _fill(session.get_one(Campaign, campaign.id))
    return made


def _fill(campaign: Campaign) -> Signed:
    session = db.session()
    signature = make_signature(session, campaign, cell=CELL)
    offers: dict[str, ConsentOffer] = {
        slug: make_offer(session, campaign, slug=slug) for slug in ("riders", "walkers")
    }
    consents: dict[str, Consent] = {
        slug: make_consent(session, signature.id, offer) for slug, offer in offers.items()
    }
    return Signed(
        campaign_id=campaign.id,
        signature_id=signature.id,
        offers={slug: offer.id for slug, offer in offers.items()},
        groups={slug: offer.organization_id for slug, offer in offers.items()},
        consents={slug: consent.id for slug, consent in consents.items()},
    )
