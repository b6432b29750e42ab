"""Adds, changes, lists and removes the endpoints of an organization."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.callbacks.callback_urls import (
    LONGEST_URL,
    CallbackUrlRefused,
    UrlFault,
    read_callback_url,
)
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    CONSENT_EVENTS,
    ConsentChange,
    DisabledWhy,
    Organization,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookKey,
    WebhookSigning,
)
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_keys import add_key, count_old_keys
from petition.partners.webhooks.endpoint_rows import (
    WAITING,
    find_endpoint,
    is_of,
    read_kinds,
    set_disabled,
    write_kinds,
)
from petition.partners.webhooks.webhook_problems import WebhookProblem

MOST_ENDPOINTS = 5  # of one organization that are not removed
MOST_ADDED = 20  # within a day: what is removed keeps its row
_FAULTS = {
    UrlFault.MALFORMED: WebhookProblem.URL_MALFORMED,
    UrlFault.NOT_HTTPS: WebhookProblem.URL_NOT_HTTPS,
    UrlFault.PORT: WebhookProblem.URL_PORT,
    UrlFault.HOST: WebhookProblem.URL_HOST,
}


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint that was just added; ``key``: what its receiver verifies with, shown once."""

    id: int
    key: str


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint as it is listed; ``waiting``: deliveries that are not settled.

    - ``old_keys``: how many replaced keys still sign.
    """

    id: int
    url: str
    kinds: tuple[WebhookEvent, ...]
    signing: WebhookSigning
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: DisabledWhy | None
    failures: int
    failing_since: datetime | None
    quiet_until: datetime | None
    waiting: int
    old_keys: int


def add_endpoint(
    organization_id: int, url: str, kinds: Collection[str], signing: str, *, actor: str
) -> NewEndpoint:
    """Add an endpoint, which is told of what happens from now on.

    - Raises InvalidInput for ``url``, ``kinds``, ``signing``, or ``all`` where there are
      MOST_ENDPOINTS, or MOST_ADDED were added within a day.
    """
    with transaction() as session:
        # Two that are added at once are counted one after the other.
        session.execute(
            select(Organization.id).where(Organization.id == organization_id).with_for_update()
        )
        read = _check(session, organization_id, url.strip(), kinds, signing)
        endpoint = WebhookEndpoint(
            organization_id=organization_id,
            url=read,
            kinds=write_kinds(kinds),
            signing=signing,
            created_by=actor,
            created_at=utcnow(),
            told_number=_find_last_number(session, organization_id),
        )
        session.add(endpoint)
        session.flush()
        key = add_key(session, endpoint)
        detail: dict[str, str | int] = {"organization": organization_id, "signing": signing}
        record(session, "webhook.added", "webhook", endpoint.id, actor=actor, detail=detail)
        return NewEndpoint(endpoint.id, key)


def disable_endpoint(organization_id: int, endpoint_id: int, *, actor: str) -> None:
    """Send nothing to an endpoint until it is enabled; safe to repeat. Raises NotFound."""
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        if endpoint.disabled_at is None:
            set_disabled(session, endpoint, DisabledWhy.MEMBER)
            record(session, "webhook.disabled", "webhook", endpoint.id, actor=actor)


def enable_endpoint(organization_id: int, endpoint_id: int, *, actor: str) -> None:
    """Go on where an endpoint was disabled; safe to repeat. Raises NotFound."""
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        if endpoint.disabled_at is None:
            return
        endpoint.disabled_at = endpoint.disabled_why = None
        endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state.in_(WAITING))
            .values(due_at=utcnow())
        )
        record(session, "webhook.enabled", "webhook", endpoint.id, actor=actor)
        wake_after_commit(session, Stage.WEBHOOKS)


def remove_endpoint(organization_id: int, endpoint_id: int, *, actor: str) -> None:
    """End an endpoint: its keys are deleted, and nothing more is sent to it. Raises NotFound."""
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        now = utcnow()
        endpoint.removed_at = now
        whole = urlsplit(endpoint.url)
        endpoint.url = f"{whole.scheme}://{whole.hostname}/"
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state.in_(WAITING))
            .values(
                state=OutgoingState.CANCELLED,
                due_at=None,
                settled_at=now,
                reason="removed",
            )
        )
        session.execute(delete(WebhookKey).where(WebhookKey.endpoint_id == endpoint.id))
        record(session, "webhook.removed", "webhook", endpoint.id, actor=actor)


def list_endpoints(organization_id: int, endpoint_id: int | None = None) -> list[EndpointLine]:
    """Return an organization's endpoints in the order of their ids, or the one with an id."""
    which: list[ColumnElement[bool]] = [is_of(organization_id)]
    if endpoint_id is not None:
        which.append(WebhookEndpoint.id == endpoint_id)
    rows = db.session.scalars(select(WebhookEndpoint).where(*which).order_by(WebhookEndpoint.id))
    return [_describe(row) for row in rows.all()]


def _check(
    session: Session, organization_id: int, url: str, kinds: Collection[str], signing: str
) -> str:
    """Return the URL as it is stored; raises InvalidInput."""
    problems: dict[str, Problem] = {}
    read = ""
    try:
        read = str(read_callback_url(url, get_settings().callbacks))
    except CallbackUrlRefused as refused:
        problems["url"] = Problem(_FAULTS[refused.fault], {"most": LONGEST_URL})
    if not kinds:
        problems["kinds"] = Problem(WebhookProblem.NO_EVENT)
    elif not {event.value for event in CONSENT_EVENTS}.issuperset(kinds):
        problems["kinds"] = Problem(WebhookProblem.EVENT_UNKNOWN)
    if signing not in set(WebhookSigning):
        problems["signing"] = Problem(WebhookProblem.SIGNING_UNKNOWN)
    urls = session.scalars(select(WebhookEndpoint.url).where(is_of(organization_id))).all()
    if read and read in urls:
        problems["url"] = Problem(WebhookProblem.URL_TAKEN)
    if len(urls) >= MOST_ENDPOINTS:
        problems["all"] = Problem(WebhookProblem.MANY, {"most": MOST_ENDPOINTS})
    elif _count_added(session, organization_id) >= MOST_ADDED:
        problems["all"] = Problem(WebhookProblem.MANY_TODAY, {"most": MOST_ADDED})
    if problems:
        raise InvalidInput(problems)
    return read


def _count_added(session: Session, organization_id: int) -> int:
    query = select(func.count()).where(
        WebhookEndpoint.organization_id == organization_id,
        WebhookEndpoint.created_at > utcnow() - timedelta(days=1),
    )
    return session.scalar(query) or 0


def _find_last_number(session: Session, organization_id: int) -> int:
    query = select(func.max(ConsentChange.number)).where(
        ConsentChange.organization_id == organization_id
    )
    return session.scalar(query) or 0


def _describe(row: WebhookEndpoint) -> EndpointLine:
    waiting = select(func.count()).where(
        WebhookDelivery.endpoint_id == row.id,
        WebhookDelivery.state.in_((*WAITING, OutgoingState.SENDING)),
    )
    return EndpointLine(
        id=row.id,
        url=row.url,
        kinds=read_kinds(row.kinds),
        signing=WebhookSigning(row.signing),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        disabled_why=DisabledWhy(row.disabled_why) if row.disabled_why else None,
        failures=row.failures,
        failing_since=row.failing_since,
        quiet_until=row.quiet_until,
        waiting=db.session.scalar(waiting) or 0,
        old_keys=count_old_keys(db.session(), row.id),
    )
