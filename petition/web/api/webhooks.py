"""An organization's webhooks: listed, added, removed; what was sent to them, and once more.

- What is added here is signed by ed25519: the answer holds a public key, which may be stored for
  repeats and shown again. Shared secrets are made in the portal, which shows one once.
"""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from petition.core.callbacks.callback_urls import LONGEST_URL
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.models import CONSENT_EVENTS, WebhookEvent, WebhookSigning
from petition.models.states import OutgoingState
from petition.partners.tokens.idempotent_writes import WriteAnswer
from petition.partners.tokens.scopes import TokenScope
from petition.partners.webhooks.endpoint_keys import find_public_key
from petition.partners.webhooks.endpoint_rows import find_endpoint
from petition.partners.webhooks.endpoints import (
    EndpointLine,
    add_endpoint,
    list_endpoints,
    remove_endpoint,
)
from petition.partners.webhooks.replays import MOST_REPLAYED, replay_since
from petition.partners.webhooks.webhook_log import DeliveryLine, list_deliveries
from petition.web.api.authorization import get_holder
from petition.web.api.bodies import StrictShape, YesNo
from petition.web.api.endpoints import own_delete, own_read, own_write
from petition.web.api.idempotency import do_once
from petition.web.api.paging import PageQuery, write_page
from petition.web.api.problems import ApiRefusal, FieldError
from petition.web.api.public_shapes import write_next

EVENTS = [event.value for event in CONSENT_EVENTS]
_ONE = f"/webhooks/<int(max={LARGEST_ID}):number>"
EXAMPLE = {"url": "https://hooks.riders.example/in", "events": ["consent.withdrawn"]}


class WebhookWrite(StrictShape):
    """A webhook to be added."""

    url = fields.String(required=True, validate=validate.Length(1, LONGEST_URL))
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        required=True,
        validate=validate.Length(1, len(EVENTS)),
    )


class WebhookShape(Schema):
    """One webhook; ``state``: what it does now."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    signing = fields.String(
        required=True, metadata={"enum": [signing.value for signing in WebhookSigning]}
    )
    public_key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "With `whpk_`; null if a shared secret signs."},
    )
    state = fields.String(required=True, metadata={"enum": ["on", "failing", "off"]})
    waiting = fields.Integer(required=True, metadata={"description": "Events that wait for it."})


class WebhooksShape(Schema):
    """An organization's webhooks."""

    items = fields.List(fields.Nested(WebhookShape), required=True)


class DeliveryShape(Schema):
    """One event for one webhook; ``name`` is its header `webhook-id`."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True, metadata={"enum": [event.value for event in WebhookEvent]})
    number = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "In your stream of changes; null for a test."},
    )
    at = fields.AwareDateTime(required=True)
    state = fields.String(
        required=True, metadata={"enum": [state.value for state in OutgoingState]}
    )
    attempts = fields.Integer(required=True)
    answer = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of the latest attempt: a status, or why there was none."},
    )
    tried_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)


class DeliveriesShape(Schema):
    """A page of what was sent, the latest first."""

    items = fields.List(fields.Nested(DeliveryShape), required=True)
    next = write_next()


class ReplayWrite(StrictShape):
    """Which events are sent again."""

    since = fields.AwareDateTime(required=True)
    only_failed = YesNo(load_default=True)


class ReplayShape(Schema):
    """How many events are sent again."""

    deliveries = fields.Integer(
        required=True,
        metadata={"description": f"At most {MOST_REPLAYED}, the oldest; then ask again."},
    )


@own_read("/webhooks", WebhooksShape, "Your webhooks", TokenScope.WEBHOOKS)
def list_own_webhooks(asked: dict[str, Any]) -> Any:
    """List your organization's webhooks with their public keys."""
    organization_id = get_holder().organization_id
    return {"items": [_describe(line, organization_id) for line in list_endpoints(organization_id)]}


@own_write(
    "/webhooks", WebhookWrite, WebhookShape, "Add a webhook", TokenScope.WEBHOOKS, example=EXAMPLE
)
def add_own_webhook(body: dict[str, Any]) -> Any:
    """Add a webhook, signed by ed25519, which is told of what happens from now on."""
    holder = get_holder()
    actor = f"token:{holder.token_id}"
    return do_once(lambda: _add(holder.organization_id, body, actor))


@own_delete(_ONE, "Remove a webhook", TokenScope.WEBHOOKS)
def remove_own_webhook(number: int) -> Any:
    """Remove a webhook and its key; nothing more is sent there."""
    holder = get_holder()
    try:
        remove_endpoint(holder.organization_id, number, actor=f"token:{holder.token_id}")
    except NotFound:
        raise ApiRefusal(404) from None


@own_read(
    f"{_ONE}/deliveries",
    DeliveriesShape,
    "What was sent to a webhook",
    TokenScope.WEBHOOKS,
    query=PageQuery,
    refuses=(404,),
)
def list_own_deliveries(asked: dict[str, Any], number: int) -> Any:
    """List what was sent to a webhook within 30 days, or waits, the latest first."""
    holder, limit = get_holder(), asked["limit"]
    try:
        found = list_deliveries(
            holder.organization_id, number, before=_read_cursor(asked), limit=limit + 1
        )
    except NotFound:
        raise ApiRefusal(404) from None
    return write_page([_tell(line) for line in found], asked, lambda item: str(item["id"]))


@own_write(
    f"{_ONE}/replay",
    ReplayWrite,
    ReplayShape,
    "Send events again",
    TokenScope.WEBHOOKS,
    example={"since": "2026-11-01T00:00:00Z", "only_failed": True},
)
def replay_own_deliveries(body: dict[str, Any], number: int) -> Any:
    """Send again what was given up, or all, since a moment; each event keeps its `webhook-id`."""
    holder = get_holder()
    actor = f"token:{holder.token_id}"
    return do_once(lambda: _replay(holder.organization_id, number, body, actor))


def _add(organization_id: int, body: dict[str, Any], actor: str) -> WriteAnswer:
    try:
        made = add_endpoint(
            organization_id, body["url"], body["events"], WebhookSigning.ED25519, actor=actor
        )
    except InvalidInput as refused:
        places = {"kinds": "#/events", "all": "#"}
        faults = [
            FieldError(words, pointer=places.get(name, f"#/{name}"))
            for name, words in describe_fields(refused).items()
        ]
        raise ApiRefusal(422, "invalid-input", errors=faults) from None
    (line,) = list_endpoints(organization_id, made.id)
    return WriteAnswer(202, _describe(line, organization_id))


def _replay(organization_id: int, number: int, body: dict[str, Any], actor: str) -> WriteAnswer:
    try:
        count = replay_since(
            organization_id, number, body["since"], only_failed=body["only_failed"], actor=actor
        )
    except NotFound:
        raise ApiRefusal(404) from None
    except UserError:
        raise ApiRefusal(409, "webhook-not-ready") from None
    return WriteAnswer(202, {"deliveries": count})


def _read_cursor(asked: dict[str, Any]) -> int | None:
    after = asked.get("after")
    if after is None:
        return None
    if not (after.isdigit() and len(after) <= len(str(LARGEST_ID))):
        fault = FieldError("Take it from `next` of a page.", parameter="after")
        raise ApiRefusal(400, "invalid-input", errors=[fault])
    return min(int(after), LARGEST_ID)


def _describe(line: EndpointLine, organization_id: int) -> dict[str, Any]:
    session = db.session()
    state = "off" if line.disabled_at else "failing" if line.failures else "on"
    return {
        "id": line.id,
        "url": line.url,
        "events": [kind.value for kind in line.kinds],
        "signing": line.signing.value,
        "public_key": find_public_key(session, find_endpoint(session, organization_id, line.id)),
        "state": state,
        "waiting": line.waiting,
    }


def _tell(line: DeliveryLine) -> dict[str, Any]:
    return asdict(line) | {
        "type": line.kind.value,
        "state": line.state.value,
        "answer": line.code,
    }
