"""Makes deliveries of an organization's numbered changes, once for each endpoint and change.

- After the numbering (petition/partners/consents/numbering.py): an endpoint is told of what the
  stream has, under the same numbers.
- An endpoint that lags has at most MOST_WAITING deliveries that wait; the rest waits in the stream.
"""

from datetime import datetime

from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.sealing import get_sealer, write_text
from petition.core.wakes import wake_after_commit
from petition.models import (
    ConsentChange,
    Organization,
    OrganizationState,
    WebhookDelivery,
    WebhookEndpoint,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_rows import WAITING, read_kinds

BATCH = 200  # changes of one endpoint in one transaction
MOST_WAITING = 1_000
NAME_BYTES = 18


def is_planning_due() -> bool:
    """Return whether an endpoint is to be told of a change."""
    return db.session.scalar(_select_behind().limit(1)) is not None


def plan_deliveries(limit: int = 50) -> int:
    """Make deliveries for up to ``limit`` endpoints; return how many changes were read.

    - One transaction for each endpoint: its deliveries are made and its number goes forward
      together. Another process's endpoints are skipped.
    """
    ids = list(db.session.scalars(_select_behind().order_by(WebhookEndpoint.id).limit(limit)))
    db.session.rollback()
    return sum(_plan(endpoint_id) for endpoint_id in ids)


def name_event(organization_id: int, change_id: int, at: datetime) -> str:
    """Return the header ``webhook-id`` of an event: the same for each endpoint and each attempt.

    - With its moment, since a restored database may give a number and an id a second time.
    """
    made = get_sealer().digest(f"{organization_id} {change_id} {at.isoformat()}", "webhook event")
    return f"evt_{write_text(made[:NAME_BYTES])}"


def _plan(endpoint_id: int) -> int:
    with transaction() as session:
        endpoint = session.scalar(
            select(WebhookEndpoint)
            .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.id.in_(_select_behind()))
            .with_for_update(skip_locked=True, of=WebhookEndpoint)
            .execution_options(populate_existing=True)
        )
        if endpoint is None:
            return 0
        changes = _read_changes(session, endpoint)
        if not changes:
            return 0
        now, kinds = utcnow(), {kind.value for kind in read_kinds(endpoint.kinds)}
        rows = [
            {
                "endpoint_id": endpoint.id,
                "kind": f"consent.{change.kind}",
                "number": change.number,
                "name": name_event(endpoint.organization_id, change.id, change.at),
                "at": change.at,
                "created_at": now,
                "state": OutgoingState.QUEUED,
                "due_at": now,
            }
            for change in changes
            if f"consent.{change.kind}" in kinds
        ]
        if rows:
            session.execute(insert(WebhookDelivery), rows)
        endpoint.told_number = changes[-1].number or endpoint.told_number
        wake_after_commit(session, Stage.WEBHOOKS)
        return len(changes)


def _read_changes(session: Session, endpoint: WebhookEndpoint) -> list[ConsentChange]:
    return list(
        session.scalars(
            select(ConsentChange)
            .where(
                ConsentChange.organization_id == endpoint.organization_id,
                ConsentChange.number > endpoint.told_number,
            )
            .order_by(ConsentChange.number)
            .limit(BATCH)
        )
    )


def _select_behind() -> Select[int]:
    """Return the query of the endpoints that may be told of changes and are not yet."""
    waiting = (
        select(func.count())
        .where(
            WebhookDelivery.endpoint_id == WebhookEndpoint.id,
            WebhookDelivery.state.in_(WAITING),
            WebhookDelivery.due_at.is_not(None),
        )
        .scalar_subquery()
    )
    newer = exists().where(
        ConsentChange.organization_id == WebhookEndpoint.organization_id,
        ConsentChange.number > WebhookEndpoint.told_number,
    )
    return (
        select(WebhookEndpoint.id)
        .join(Organization, Organization.id == WebhookEndpoint.organization_id)
        .where(
            WebhookEndpoint.removed_at.is_(None),
            WebhookEndpoint.disabled_at.is_(None),
            Organization.state == OrganizationState.APPROVED,
            newer,
            waiting < MOST_WAITING,
        )
    )
