"""What a member has sent on purpose: tests, and deliveries that are sent again."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_rows import WAITING, find_endpoint
from petition.partners.webhooks.planning import MOST_WAITING, NAME_BYTES
from petition.partners.webhooks.webhook_problems import WebhookProblem

MOST_TESTS = 20  # of an organization within an hour, whatever becomes of its endpoints
MOST_REPLAYED = 500  # at once
SETTLED = (OutgoingState.ACCEPTED, OutgoingState.FAILED)


def send_test_event(organization_id: int, endpoint_id: int, *, actor: str) -> int:
    """Make a test due, which tells of nothing and is tried once; return the delivery's id.

    - Also to a disabled endpoint. Raises NotFound; UserError after MOST_TESTS within an hour.
    """
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        now = utcnow()
        own = select(WebhookEndpoint.id).where(WebhookEndpoint.organization_id == organization_id)
        recent = select(func.count()).where(
            WebhookDelivery.endpoint_id.in_(own),
            WebhookDelivery.kind == WebhookEvent.TEST,
            WebhookDelivery.created_at > now - timedelta(hours=1),
        )
        if (session.scalar(recent) or 0) >= MOST_TESTS:
            raise UserError(WebhookProblem.MANY_TESTS, most=MOST_TESTS)
        test = WebhookDelivery(
            endpoint_id=endpoint.id,
            kind=WebhookEvent.TEST,
            name=f"evt_{secrets.token_urlsafe(NAME_BYTES)}",
            at=now,
            created_at=now,
            state=OutgoingState.QUEUED,
            due_at=now,
        )
        session.add(test)
        session.flush()
        record(session, "webhook.tested", "webhook", endpoint.id, actor=actor)
        wake_after_commit(session, Stage.WEBHOOKS)
        return test.id


def replay_delivery(organization_id: int, delivery_id: int, *, actor: str) -> None:
    """Send a settled delivery again, under the same name.

    - Raises NotFound; UserError while it waits, for a test, which is sent anew instead, and while
      its endpoint is disabled or has too many.
    """
    with transaction() as session:
        whose = select(WebhookDelivery.endpoint_id).where(WebhookDelivery.id == delivery_id)
        try:
            endpoint = _lock_enabled(session, organization_id, session.scalar(whose) or 0)
        except NotFound:
            raise NotFound(WebhookProblem.NO_DELIVERY) from None
        if not _requeue(session, endpoint, [delivery_id], actor):
            raise UserError(WebhookProblem.STILL_WAITS)


def replay_since(
    organization_id: int,
    endpoint_id: int,
    since: datetime,
    *,
    only_failed: bool = True,
    actor: str,
) -> int:
    """Send up to MOST_REPLAYED settled deliveries of an endpoint again; return how many.

    - Those made at ``since`` or later, the oldest first; tests are left out.
    - Raises NotFound; UserError while the endpoint is disabled or has too many that wait.
    """
    with transaction() as session:
        endpoint = _lock_enabled(session, organization_id, endpoint_id)
        states = (OutgoingState.FAILED,) if only_failed else SETTLED
        ids = session.scalars(
            select(WebhookDelivery.id)
            .where(
                WebhookDelivery.endpoint_id == endpoint.id,
                WebhookDelivery.created_at >= since,
                WebhookDelivery.state.in_(states),
                WebhookDelivery.kind != WebhookEvent.TEST,
            )
            .order_by(WebhookDelivery.id)
            .limit(MOST_REPLAYED)
        ).all()
        return _requeue(session, endpoint, list(ids), actor)


def _lock_enabled(session: Session, organization_id: int, endpoint_id: int) -> WebhookEndpoint:
    """Return an endpoint that may get more, locked; raises NotFound, UserError."""
    endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
    if endpoint.disabled_at is not None:
        raise UserError(WebhookProblem.DISABLED)
    waiting = select(func.count()).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state.in_(WAITING)
    )
    if (session.scalar(waiting) or 0) >= 2 * MOST_WAITING:
        raise UserError(WebhookProblem.MANY_WAITING, most=2 * MOST_WAITING)
    return endpoint


def _requeue(session: Session, endpoint: WebhookEndpoint, ids: list[int], actor: str) -> int:
    changed = session.scalars(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id.in_(ids),
            WebhookDelivery.state.in_(SETTLED),
            WebhookDelivery.kind != WebhookEvent.TEST,
        )
        .values(state=OutgoingState.QUEUED, due_at=utcnow(), settled_at=None, reason=None)
        .returning(WebhookDelivery.id)
    ).all()
    if changed:
        detail = {"deliveries": len(changed)}
        record(session, "webhook.replayed", "webhook", endpoint.id, actor=actor, detail=detail)
        wake_after_commit(session, Stage.WEBHOOKS)
    return len(changed)
