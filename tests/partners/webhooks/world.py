"""An organization with people who consented to it, and endpoints of its webhooks."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.engine import send_due
from petition.models import (
    CONSENT_EVENTS,
    Campaign,
    Consent,
    ConsentOffer,
    WebhookDelivery,
    WebhookEndpoint,
)
from petition.partners.consents.numbering import number_changes
from petition.partners.webhooks.endpoints import NewEndpoint, add_endpoint
from petition.partners.webhooks.planning import plan_deliveries
from petition.partners.webhooks.webhook_kind import WEBHOOKS
from tests.core.callbacks.receiver import Received
from tests.factories import make_campaign, make_consent, make_offer, make_signature

ALL = tuple(event.value for event in CONSENT_EVENTS)
# Receivers of tests listen on loopback, and are waited for briefly.
HOOKED = {"PETITION_WEBHOOK_NETWORKS": "127.0.0.0/24", "PETITION_WEBHOOK_SECONDS": "1"}


@dataclass
class HookWorld:
    """Ids of what was made; ``consents`` in the order in which they were given."""

    campaign_id: int
    offer_id: int
    group_id: int
    consents: list[int] = field(default_factory=list)

    def hook(
        self, url: str, kinds: tuple[str, ...] = ALL, signing: str = "symmetric"
    ) -> NewEndpoint:
        """Add an endpoint of the organization."""
        return add_endpoint(self.group_id, url, kinds, signing, actor="partner:1")

    def give(self, people: int = 1) -> None:
        """Have people consent, and tell the endpoints."""
        with transaction() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            offer = session.get_one(ConsentOffer, self.offer_id)
            for _ in range(people):
                signature = make_signature(session, campaign)
                self.consents.append(make_consent(session, signature.id, offer).id)
        tell()

    def withdraw(self, place: int = 0) -> None:
        """Have one withdraw, and tell the endpoints."""
        with transaction() as session:
            which = Consent.id == self.consents[place]
            session.execute(update(Consent).where(which).values(withdrawn_at=utcnow()))
        tell()


def make_world(slug: str = "riders") -> HookWorld:
    """Make an organization that asks for consents of one campaign."""
    with transaction() as session:
        campaign = make_campaign(session, slug=f"for-{slug}")
        offer = make_offer(session, campaign, slug=slug)
        return HookWorld(campaign.id, offer.id, offer.organization_id)


def tell() -> int:
    """Number the changes and make the deliveries of them; return how many changes were read."""
    number_changes()
    read = 0
    while found := plan_deliveries():
        read += found
    return read


def send_all() -> int:
    """Send what endpoints may get now; return how many rows were handled."""
    handled = 0
    while found := send_due(WEBHOOKS):
        handled += found
    return handled


def make_all_due() -> None:
    """Let everything that waits be due, and end the pauses of endpoints."""
    with transaction() as session:
        waiting = WebhookDelivery.state.in_(("queued", "retry_wait"))
        session.execute(update(WebhookDelivery).where(waiting).values(due_at=utcnow()))
        session.execute(update(WebhookEndpoint).values(quiet_until=None))


def read_rows(endpoint_id: int | None = None) -> list[WebhookDelivery]:
    """Return the deliveries as they are now, in order."""
    db.session.rollback()
    query = select(WebhookDelivery).order_by(WebhookDelivery.id)
    if endpoint_id is not None:
        query = query.where(WebhookDelivery.endpoint_id == endpoint_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def read_states(endpoint_id: int | None = None) -> list[str]:
    """Return the state of each delivery, in order."""
    return [row.state for row in read_rows(endpoint_id)]


def read_endpoint(endpoint_id: int) -> WebhookEndpoint:
    """Return an endpoint as it is now."""
    db.session.rollback()
    return db.session.get_one(WebhookEndpoint, endpoint_id, populate_existing=True)


def set_endpoint(endpoint_id: int, **values: Any) -> None:
    """Write values of an endpoint."""
    with transaction() as session:
        which = WebhookEndpoint.id == endpoint_id
        session.execute(update(WebhookEndpoint).where(which).values(**values))


def read_bodies(received: list[Received]) -> list[dict[str, Any]]:
    """Return the bodies of requests, in the order of their numbers."""
    bodies = [json.loads(one.body) for one in received]
    return sorted(bodies, key=lambda body: body["data"].get("number", 0))


def read_moment(text: str) -> datetime:
    """Return the moment in a body."""
    return datetime.fromisoformat(text)
