"""The log of deliveries: its pages, tests by a person, and sending again what was sent."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_rows import WAITING, find_endpoint, is_of
from petition.partners.webhooks.planning import MOST_WAITING, NAME_BYTES
from petition.partners.webhooks.webhook_problems import WebhookProblem

MOST_TESTS = 20  # of an endpoint within an hour
PAGE, MOST_LISTED = 50, 101
MOST_REPLAYED = 500  # at once
KEPT_DAYS = 30
SETTLED = (OutgoingState.ACCEPTED, OutgoingState.FAILED)
_FORGOTTEN = 1_000  # in one transaction


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery as it is listed; ``code``: of its latest attempt, None before the first ended.

    - ``name``: the header ``webhook-id``. ``due_at``: of the next attempt, if there is one.
    """

    id: int
    endpoint_id: int
    kind: WebhookEvent
    number: int | None
    name: str
    at: datetime
    state: OutgoingState
    attempts: int
    code: str | None
    tried_at: datetime | None
    due_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether an attempt is under way or to come."""
        return self.state in (*WAITING, OutgoingState.SENDING)


def list_deliveries(
    organization_id: int, endpoint_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[DeliveryLine]:
    """Return up to ``limit`` (at most MOST_LISTED) deliveries, the latest first.

    - ``before``: only those with a lower id. Raises NotFound for another organization's endpoint.
    """
    find_endpoint(db.session(), organization_id, endpoint_id)
    which = [WebhookDelivery.endpoint_id == endpoint_id]
    if before is not None:
        which.append(WebhookDelivery.id < before)
    query = _select_lines().where(*which).order_by(WebhookDelivery.id.desc())
    return [_describe(row) for row in db.session.execute(query.limit(min(limit, MOST_LISTED)))]


def find_delivery(organization_id: int, delivery_id: int) -> DeliveryLine:
    """Return a delivery of an organization; raises NotFound."""
    query = _select_lines().where(WebhookDelivery.id == delivery_id, _of(organization_id))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(WebhookProblem.NO_DELIVERY)
    return _describe(row)


def send_test_event(organization_id: int, endpoint_id: int, *, actor: str) -> int:
    """Make a test due, which tells of nothing and is tried once; return the delivery's id.

    - Also to a disabled endpoint. Raises NotFound; UserError after MOST_TESTS within an hour.
    """
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        now = utcnow()
        recent = select(func.count()).where(
            WebhookDelivery.endpoint_id == endpoint.id,
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

    - Raises NotFound; UserError while it waits, while its endpoint is disabled or has too many.
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


def forget_deliveries() -> int:
    """Delete deliveries that are KEPT_DAYS old, with their attempts; return how many.

    - One that is being sent is left for later.
    """
    with transaction() as session:
        old = WebhookDelivery.created_at < utcnow() - timedelta(days=KEPT_DAYS)
        still = WebhookDelivery.state != OutgoingState.SENDING
        ids = session.scalars(select(WebhookDelivery.id).where(old, still).limit(_FORGOTTEN)).all()
        session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)))
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
        return len(ids)


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
        .where(WebhookDelivery.id.in_(ids), WebhookDelivery.state.in_(SETTLED))
        .values(state=OutgoingState.QUEUED, due_at=utcnow(), settled_at=None, reason=None)
        .returning(WebhookDelivery.id)
    ).all()
    if changed:
        detail = {"deliveries": len(changed)}
        record(session, "webhook.replayed", "webhook", endpoint.id, actor=actor, detail=detail)
        wake_after_commit(session, Stage.WEBHOOKS)
    return len(changed)


def _of(organization_id: int) -> ColumnElement[bool]:
    return WebhookDelivery.endpoint_id.in_(select(WebhookEndpoint.id).where(is_of(organization_id)))


def _select_lines() -> Select[WebhookDelivery, str | None, datetime | None]:
    latest = and_(
        WebhookAttempt.delivery_id == WebhookDelivery.id,
        WebhookAttempt.number == WebhookDelivery.attempt,
    )
    return select(WebhookDelivery, WebhookAttempt.detail, WebhookAttempt.started_at).outerjoin(
        WebhookAttempt, latest
    )


def _describe(row: tuple[WebhookDelivery, str | None, datetime | None]) -> DeliveryLine:
    found, code, tried_at = row
    state = OutgoingState(found.state)
    return DeliveryLine(
        id=found.id,
        endpoint_id=found.endpoint_id,
        kind=WebhookEvent(found.kind),
        number=found.number,
        name=found.name,
        at=found.at,
        state=state,
        attempts=found.attempt,
        code=code,
        tried_at=tried_at,
        due_at=found.due_at if state in WAITING else None,
    )
