"""Finds an organization's endpoints, and disables one."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.models import (
    CONSENT_EVENTS,
    DisabledWhy,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.webhook_problems import WebhookProblem

WAITING = (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT)


def find_endpoint(
    session: Session, organization_id: int, endpoint_id: int, *, lock: bool = False
) -> WebhookEndpoint:
    """Return an endpoint of an organization; raises NotFound, also for another's or a removed one.

    - ``lock``: locked first, so that a removal that is being committed is seen.
    """
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, is_of(organization_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    endpoint = session.scalar(query)
    if endpoint is None:
        raise NotFound(WebhookProblem.NOT_FOUND)
    return endpoint


def is_of(organization_id: int) -> ColumnElement[bool]:
    """Return the condition for an organization's endpoints that are not removed."""
    return and_(
        WebhookEndpoint.organization_id == organization_id, WebhookEndpoint.removed_at.is_(None)
    )


def set_disabled(session: Session, endpoint: WebhookEndpoint, why: DisabledWhy) -> None:
    """Disable a locked endpoint; what waits keeps waiting, and is not due."""
    endpoint.disabled_at, endpoint.disabled_why = utcnow(), why.value
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.state.in_(WAITING),
            WebhookDelivery.kind != WebhookEvent.TEST,
        )
        .values(due_at=None)
    )


def write_kinds(kinds: Collection[str]) -> str:
    """Return events as they are stored: in one order, with spaces between them."""
    return " ".join(event.value for event in CONSENT_EVENTS if event.value in kinds)


def read_kinds(stored: str) -> tuple[WebhookEvent, ...]:
    """Return the events that are stored."""
    return tuple(WebhookEvent(name) for name in stored.split())
