"""What the answers of an endpoint mean for it: pauses between failures, and its end."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.accounts.account_mails import plan_mail
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    AccountMailKind,
    DisabledWhy,
    PortalName,
    RoleGrant,
    RoleName,
    WebhookDelivery,
    WebhookEndpoint,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_rows import set_disabled

# After so many failures in a row nothing is sent for so long, whatever is due: an endpoint that
# hangs takes a worker's time once in half an hour, and not once for each event.
PAUSES = (timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30))
LONGEST_RETRY_AFTER = timedelta(hours=24)
FAILING_DAYS, FAILURES = 5, 10


def note_success(endpoint_id: int) -> None:
    """Note that an endpoint takes what is sent again; what it refused before is due now."""
    with transaction() as session:
        now = utcnow()
        back = session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failures > 0)
            .values(failures=0, failing_since=None, quiet_until=None)
            .returning(WebhookEndpoint.id)
        ).all()
        if not back:
            return
        session.execute(
            update(WebhookDelivery)
            .where(
                WebhookDelivery.endpoint_id == endpoint_id,
                WebhookDelivery.state == OutgoingState.RETRY_WAIT,
                WebhookDelivery.due_at > now,
            )
            .values(due_at=now)
        )
        wake_after_commit(session, Stage.WEBHOOKS)


def note_failure(endpoint_id: int, *, gone: bool = False, retry_after: float | None = None) -> None:
    """Note a failed attempt; pause the endpoint, or disable it.

    - Disabled at once if it is ``gone`` (410), or when FAILURES in a row have failed and none has
      succeeded for FAILING_DAYS. ``retry_after``: seconds that its server asks to wait.
    """
    with transaction() as session:
        endpoint = session.get(
            WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True
        )
        if endpoint is None or endpoint.removed_at is not None:
            return
        now = utcnow()
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
        pause = PAUSES[min(endpoint.failures, len(PAUSES)) - 1]
        asked = min(timedelta(seconds=retry_after or 0), LONGEST_RETRY_AFTER)
        endpoint.quiet_until = now + max(pause, asked)
        too_long = now - endpoint.failing_since >= timedelta(days=FAILING_DAYS)
        if gone or (too_long and endpoint.failures >= FAILURES):
            _switch_off(session, endpoint, DisabledWhy.GONE if gone else DisabledWhy.FAILING)


def _switch_off(session: Session, endpoint: WebhookEndpoint, why: DisabledWhy) -> None:
    """Disable an endpoint that is not yet, and tell the organization's owners."""
    if endpoint.disabled_at is not None:
        return
    set_disabled(session, endpoint, why)
    record(session, "webhook.disabled", "webhook", endpoint.id, detail={"why": why.value})
    owners = select(RoleGrant.user_id).where(
        RoleGrant.organization_id == endpoint.organization_id, RoleGrant.role == RoleName.OWNER
    )
    for user_id in session.scalars(owners).all():
        plan_mail(
            session,
            AccountMailKind.WEBHOOK,
            PortalName.PARTNER,
            user_id=user_id,
            endpoint_id=endpoint.id,
        )
    wake_after_commit(session, Stage.MAIL)


def is_any_off(session: Session, organization_id: int) -> bool:
    """Return whether an endpoint of an organization was disabled by its own answers."""
    off = select(WebhookEndpoint.id).where(
        WebhookEndpoint.organization_id == organization_id,
        WebhookEndpoint.removed_at.is_(None),
        WebhookEndpoint.disabled_why.in_((DisabledWhy.GONE, DisabledWhy.FAILING)),
    )
    return session.scalar(off.limit(1)) is not None
