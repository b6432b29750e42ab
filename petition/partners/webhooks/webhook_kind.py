"""WebhookKind: deliveries of events to endpoints as a kind of petition/dispatch."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from petition.core.callbacks.callback_request import CallbackAnswer, post_callback
from petition.core.callbacks.callback_urls import CallbackUrlRefused, read_callback_url
from petition.core.clock import utcnow
from petition.core.columns import write_json
from petition.core.errors import ChannelRefused, ChannelUnavailable, DatabaseUnavailable
from petition.core.extensions import get_settings
from petition.core.http import HttpFailure
from petition.core.logs import get_logger
from petition.core.queues import Stage
from petition.dispatch.attempts import count_spent
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.dispatch.settlement import write_patiently
from petition.models import (
    Organization,
    OrganizationState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from petition.models.outgoing.dispatched import NOT_PREPARED
from petition.models.outgoing.webhook import WEBHOOK_TRANSITIONS
from petition.models.states import OutgoingState
from petition.partners.webhooks.endpoint_health import note_failure, note_success
from petition.partners.webhooks.endpoint_keys import list_signers
from petition.partners.webhooks.signing import HookSigner, sign

log = get_logger(__name__)

# Standard Webhooks 1.0: after the first attempt, each wait from the failure before it.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.1  # of a wait, at most, is added to it
# Rows of one endpoint that are found together, and that are under way at once.
SHARE, AT_ONCE = 5, 2
GONE = 410
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class WebhookContent:
    """What one attempt sends and where; ``at``: when it happened, ``number``: None for a test."""

    endpoint_id: int
    url: str
    name: str
    kind: str
    at: datetime
    number: int | None
    signers: tuple[HookSigner, ...]
    was_failing: bool

    @property
    def is_test(self) -> bool:
        """Whether a person sent it to try the endpoint."""
        return self.kind == WebhookEvent.TEST

    def write(self) -> bytes:
        """Return the body: the same bytes in each attempt."""
        at = self.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        data = {} if self.number is None else {"number": self.number}
        return write_json({"type": self.kind, "timestamp": at, "data": data}).encode()


class WebhookKind(OutgoingKind[WebhookDelivery, WebhookContent]):
    """One event for one endpoint, at least once: its receiver knows a repeat by its name.

    - Endpoints take turns: the first row of each comes before the second of any. One that failed is
      left alone until ``quiet_until``, and then gets one row.
    """

    name = "webhook_delivery"
    stage = Stage.WEBHOOKS
    table = WebhookDelivery
    attempts = WebhookAttempt
    owner_name = "delivery_id"
    transitions = WEBHOOK_TRANSITIONS
    most_attempts = len(WAITS) + 1

    def is_repeatable(self, row: WebhookDelivery) -> bool:
        """Return True: the header ``webhook-id`` names the event."""
        return True

    def choose_wait(self, session: Session, row_id: int, attempt: int) -> timedelta:
        """Return the standard's wait after as many attempts as since it was last settled."""
        spent = max(count_spent(session, self, row_id), 1)
        wait = WAITS[min(spent, len(WAITS)) - 1]
        return wait * (1 + JITTER * _random.random())

    def select_due(self, now: datetime) -> Select[int]:
        """Return the query of the ids of the rows that endpoints may get now, in turns."""
        row, is_test = WebhookDelivery, WebhookDelivery.kind == WebhookEvent.TEST
        place = func.row_number().over(
            partition_by=row.endpoint_id, order_by=(is_test.desc(), row.due_at, row.id)
        )
        found = (
            select(row.id, row.due_at, WebhookEndpoint.failures, place.label("place"))
            .join(WebhookEndpoint, WebhookEndpoint.id == row.endpoint_id)
            .join(Organization, Organization.id == WebhookEndpoint.organization_id)
            .where(
                row.state.in_(self.claimable),
                row.due_at <= now,
                Organization.state == OrganizationState.APPROVED,
                WebhookEndpoint.removed_at.is_(None),
                or_(is_test, _may_get(now)),
                _count_under_way(WebhookEndpoint.id) < AT_ONCE,
            )
            .subquery()
        )
        first = or_(found.c.place == 1, and_(found.c.failures == 0, found.c.place <= SHARE))
        return select(found.c.id).where(first).order_by(found.c.place, found.c.due_at, found.c.id)

    def lock(self, session: Session, row: WebhookDelivery) -> None:
        """Lock the endpoint before its row, as those who change it do."""
        session.get_one(
            WebhookEndpoint, row.endpoint_id, with_for_update=True, populate_existing=True
        )
        super().lock(session, row)

    def prepare(
        self, session: Session, row: WebhookDelivery, now: datetime
    ) -> WebhookContent | None:
        """Return what is sent, if the endpoint may get it at this moment."""
        endpoint = session.get_one(WebhookEndpoint, row.endpoint_id)
        group = session.get_one(Organization, endpoint.organization_id, populate_existing=True)
        is_test = row.kind == WebhookEvent.TEST
        if endpoint.removed_at is not None or group.state != OrganizationState.APPROVED:
            return None
        if endpoint.disabled_at is not None and not is_test:
            row.due_at = None  # enabling makes it due
            return None
        if endpoint.quiet_until is not None and endpoint.quiet_until > now and not is_test:
            row.due_at = endpoint.quiet_until
            return None
        if (session.scalar(select(_count_under_way(endpoint.id))) or 0) >= AT_ONCE:
            row.due_at = now + timedelta(seconds=1)
            return None
        return WebhookContent(
            endpoint_id=endpoint.id,
            url=endpoint.url,
            name=row.name,
            kind=row.kind,
            at=row.at,
            number=row.number,
            signers=tuple(list_signers(session, endpoint, now)),
            was_failing=endpoint.failures > 0,
        )

    def send(self, claimed: Claim[WebhookContent], handover: HandoverStep) -> Receipt:
        """Sign it, call the endpoint once and judge the answer; a test is not tried again."""
        content = claimed.content
        body = content.write()
        handover.digest = hashlib.sha256(body).hexdigest()
        timestamp = int(utcnow().timestamp())
        headers = {
            "User-Agent": "Hundredth-Webhooks/1",
            "Content-Type": "application/json",
            "webhook-id": content.name,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(content.signers, content.name, timestamp, body),
        }
        handover.begin()
        limits = get_settings().callbacks
        try:
            answer = post_callback(read_callback_url(content.url, limits), body, headers, limits)
        except CallbackUrlRefused:
            raise _fail(content, "no public address") from None
        except HttpFailure as failure:
            raise _fail(content, str(failure)) from None
        return _judge(content, answer)


WEBHOOKS = WebhookKind()


def is_wanted() -> ColumnElement[bool]:
    """Return the condition that a delivery is for an endpoint in use; a test is for any."""
    is_test = WebhookDelivery.kind == WebhookEvent.TEST
    return exists().where(
        WebhookEndpoint.id == WebhookDelivery.endpoint_id,
        WebhookEndpoint.removed_at.is_(None),
        or_(is_test, WebhookEndpoint.disabled_at.is_(None)),
        Organization.id == WebhookEndpoint.organization_id,
        Organization.state == OrganizationState.APPROVED,
    )


def select_waiting(now: datetime) -> Select[int]:
    """Return the query of the ids of deliveries that are due, or that an error of ours holds up.

    - Those of an endpoint that is left alone after a failure wait for their receiver, and are not
      among them.
    """
    row = WebhookDelivery
    is_quiet = exists().where(
        WebhookEndpoint.id == row.endpoint_id, WebhookEndpoint.quiet_until > now
    )
    return select(row.id).where(
        row.state.in_(WEBHOOKS.claimable),
        row.due_at.is_not(None),
        or_(row.due_at <= now, row.reason.startswith(NOT_PREPARED)),
        is_wanted(),
        ~is_quiet,
    )


def _judge(content: WebhookContent, answer: CallbackAnswer) -> Receipt:
    if 200 <= answer.status < 300:
        if content.was_failing:
            _note(lambda: note_success(content.endpoint_id))
        return Receipt(str(answer.status))
    raise _fail(content, str(answer.status), answer)


def _fail(
    content: WebhookContent, code: str, answer: CallbackAnswer | None = None
) -> ChannelUnavailable | ChannelRefused:
    """Note a failure; return the error that settles the attempt."""
    is_gone = answer is not None and answer.status == GONE
    if not content.is_test:
        wait = answer.retry_after if answer is not None else None
        _note(lambda: note_failure(content.endpoint_id, gone=is_gone, retry_after=wait))
    final = is_gone or content.is_test
    return ChannelRefused(code) if final else ChannelUnavailable(code)


def _note(write: Callable[[], None]) -> None:
    """Write what an answer means for the endpoint; the answer itself is settled in any case."""
    try:
        write_patiently(write)
    except DatabaseUnavailable:
        log.warning("webhook.not_noted")


def _may_get(now: datetime) -> ColumnElement[bool]:
    return and_(
        WebhookEndpoint.disabled_at.is_(None),
        or_(WebhookEndpoint.quiet_until.is_(None), WebhookEndpoint.quiet_until <= now),
    )


def _count_under_way(endpoint_id: SQLColumnExpression[int] | int) -> ColumnElement[int]:
    other = aliased(WebhookDelivery)
    return (
        select(func.count())
        .where(
            other.endpoint_id == endpoint_id,
            other.state == OutgoingState.SENDING,
            other.due_at.is_not(None),
        )
        .scalar_subquery()
    )
