"""The log of deliveries and of their attempts, and its end after a month."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import (
    LegalHold,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_rows import WAITING, find_endpoint, is_of
from petition.partners.webhooks.webhook_problems import WebhookProblem

PAGE, MOST_LISTED = 50, 101
KEPT_DAYS = 30
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


@dataclass(frozen=True, slots=True)
class HookAttempt:
    """One attempt; ``code``: the status of the answer, or why there was none. None: under way."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    code: str | None


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


def list_attempts(organization_id: int, delivery_id: int) -> list[HookAttempt]:
    """Return the attempts at a delivery of an organization, the latest first."""
    rows = db.session.scalars(
        select(WebhookAttempt)
        .join(WebhookDelivery, WebhookDelivery.id == WebhookAttempt.delivery_id)
        .where(WebhookAttempt.delivery_id == delivery_id, _of(organization_id))
        .order_by(WebhookAttempt.number.desc())
        .limit(MOST_LISTED)
    )
    return [HookAttempt(row.number, row.started_at, row.ended_at, row.detail) for row in rows]


def forget_deliveries() -> int:
    """Delete deliveries that are KEPT_DAYS old, with their attempts; return how many.

    - None while any campaign is under a legal hold: they say when an organization was told what.
    - One that is not settled stays as long as its endpoint: there are few, by MOST_WAITING.
    """
    with transaction() as session:
        old = and_(
            WebhookDelivery.created_at < utcnow() - timedelta(days=KEPT_DAYS),
            LegalHold.is_none_in_force(),
        )
        removed = select(WebhookEndpoint.id).where(WebhookEndpoint.removed_at.is_not(None))
        over = or_(
            WebhookDelivery.settled_at.is_not(None),
            and_(
                WebhookDelivery.endpoint_id.in_(removed),
                WebhookDelivery.state != OutgoingState.SENDING,
            ),
        )
        ids = session.scalars(select(WebhookDelivery.id).where(old, over).limit(_FORGOTTEN)).all()
        session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)))
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
        return len(ids)


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
