"""The webhooks of an organization: endpoints and their keys, the log, tests, sending again."""

from collections.abc import Mapping
from datetime import datetime

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, Problem, UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_error, describe_fields
from petition.models import CONSENT_EVENTS, DisabledWhy, WebhookEvent, WebhookSigning
from petition.models.states import OutgoingState
from petition.partners.profile.own_groups import OwnGroup
from petition.partners.webhooks import endpoints, replays
from petition.partners.webhooks.endpoint_keys import OVERLAPS, find_public_key, rotate_key
from petition.partners.webhooks.endpoint_rows import find_endpoint
from petition.partners.webhooks.endpoints import EndpointLine, list_endpoints
from petition.partners.webhooks.webhook_log import (
    KEPT_DAYS,
    PAGE,
    DeliveryLine,
    find_delivery,
    list_attempts,
    list_deliveries,
)
from petition.partners.webhooks.webhook_problems import WebhookProblem
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor, requires_recent

LONGEST_TYPED = 600
_ONE = f"/<slug:slug>/webhooks/<int(max={LARGEST_ID}):number>"
_DELIVERY = f"/<slug:slug>/deliveries/<int(max={LARGEST_ID}):number>"
EVENT_WORDS = {
    WebhookEvent.GIVEN: "someone consented",
    WebhookEvent.WITHDRAWN: "someone withdrew",
    WebhookEvent.ERASED: "someone erased what was kept of them",
    WebhookEvent.BOUNCED: "someone's address cannot be reached any more",
    WebhookEvent.CORRECTED: "someone corrected their data, or can be reached again",
    WebhookEvent.TEST: "a test",
}
SIGNING_WORDS = {
    WebhookSigning.ED25519: "ed25519: we sign, and you verify with a public key",
    WebhookSigning.SYMMETRIC: "HMAC-SHA-256: both sides keep one secret",
}
WHY_WORDS = {
    DisabledWhy.MEMBER: "A member of your organization switched it off.",
    DisabledWhy.GONE: "It was switched off because its address answered 410 Gone.",
    DisabledWhy.FAILING: "It was switched off because nothing was taken for five days.",
}
STATE_WORDS = {
    OutgoingState.QUEUED: "waiting",
    OutgoingState.SENDING: "being sent",
    OutgoingState.RETRY_WAIT: "to be tried again",
    OutgoingState.ACCEPTED: "taken",
    OutgoingState.FAILED: "given up",
    OutgoingState.CANCELLED: "not sent",
    OutgoingState.UNKNOWN: "unknown",
}


@blueprint.get("/<slug:slug>/webhooks")
@of_organization(Permission.WEBHOOKS_MANAGE)
def list_webhooks(group: OwnGroup) -> ResponseReturnValue:
    """Show the endpoints, and the form for another."""
    return _show_all(group)


@blueprint.post("/<slug:slug>/webhooks")
@of_organization(Permission.WEBHOOKS_MANAGE)
@requires_recent
def add_webhook(group: OwnGroup) -> ResponseReturnValue:
    """Add an endpoint, and show its key once."""
    try:
        made = endpoints.add_endpoint(
            group.id,
            request.form.get("url", "")[:LONGEST_TYPED],
            request.form.getlist("kinds"),
            request.form.get("signing", ""),
            actor=get_actor(),
        )
    except InvalidInput as refused:
        return _show_all(group, describe_fields(refused)), refused.status
    return _show_one(group, made.id, key=made.key)


@blueprint.get(_ONE)
@of_organization(Permission.WEBHOOKS_MANAGE)
def show_webhook(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show an endpoint with what may be done, and a page of its log."""
    return _show_one(group, number)


@blueprint.post(_ONE)
@of_organization(Permission.WEBHOOKS_MANAGE)
@requires_recent
def change_webhook(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Replace its key, switch it off or on, remove it, or send again what it was sent."""
    _find(group, number)
    do = request.form.get("do", "")
    try:
        if do == "rotate":
            overlap = request.form.get("overlap", "")
            hours = int(overlap) if overlap in map(str, OVERLAPS) else -1
            key = rotate_key(group.id, number, actor=get_actor(), overlap_hours=hours)
            return _show_one(group, number, key=key)
        words = _change(group, number, do)
    except InvalidInput as refused:
        return _show_one(group, number, describe_fields(refused)), refused.status
    except UserError as refused:
        return _refuse(group, number, refused)
    flash(words)
    if do == "remove":
        return redirect(url_for("partner.list_webhooks", slug=group.slug), 303)
    return redirect(url_for("partner.show_webhook", slug=group.slug, number=number), 303)


@blueprint.post(f"{_ONE}/test")
@of_organization(Permission.WEBHOOKS_MANAGE)
def test_webhook(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Send a test event, and show what comes of it."""
    try:
        made = replays.send_test_event(group.id, number, actor=get_actor())
    except UserError as refused:
        return _refuse(group, number, refused)
    return redirect(url_for("partner.show_hook_delivery", slug=group.slug, number=made), 303)


@blueprint.get(_DELIVERY)
@of_organization(Permission.WEBHOOKS_MANAGE)
def show_hook_delivery(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show one event for one endpoint, with each attempt."""
    return _show_delivery(group, number)


@blueprint.get(f"{_DELIVERY}/progress")
@of_organization(Permission.WEBHOOKS_MANAGE)
def tell_hook_progress(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Return whether its first answer is still waited for, in the shape of the page's script."""
    line = find_delivery(group.id, number)
    state = "sending" if _is_first(line) else line.state.value
    return jsonify(state=state, people=0, counts={"waiting": 0})


@blueprint.post(_DELIVERY)
@of_organization(Permission.WEBHOOKS_MANAGE)
@requires_recent
def replay_hook_delivery(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Send one event again."""
    try:
        replays.replay_delivery(group.id, number, actor=get_actor())
    except UserError as refused:
        if refused.status == 404:
            raise
        return _show_delivery(group, number, describe_error(refused)), 409
    flash("It is sent again, under the same id.")
    return redirect(url_for("partner.show_hook_delivery", slug=group.slug, number=number), 303)


def _change(group: OwnGroup, number: int, do: str) -> str:
    """Do what a button of an endpoint says; return what to tell."""
    if do == "replay":
        only_failed = request.form.get("which") != "all"
        count = replays.replay_since(
            group.id, number, _read_since(), only_failed=only_failed, actor=get_actor()
        )
        again = "1 event is" if count == 1 else f"{count:,} events are"
        most = ", the oldest; more are left" if count == replays.MOST_REPLAYED else ""
        return f"{again} sent again{most}." if count else "There is nothing to send again."
    if do == "disable":
        endpoints.disable_endpoint(group.id, number, actor=get_actor())
        return "It is off. Nothing is sent there until you switch it on."
    if do == "enable":
        endpoints.enable_endpoint(group.id, number, actor=get_actor())
        return "It is on, and gets what it missed."
    if do != "remove":
        abort(400)
    endpoints.remove_endpoint(group.id, number, actor=get_actor())
    return "It is removed, and so is its key."


def _read_since() -> datetime:
    typed = request.form.get("since", "")
    try:
        if len(typed) == len("2026-11-30"):
            return datetime.fromisoformat(f"{typed}T00:00:00+00:00")
    except ValueError:
        pass
    raise InvalidInput({"since": Problem(WebhookProblem.SINCE_INVALID)})


def _read_before() -> int | None:
    return read_whole(request.args.get("before", ""), LARGEST_ID)


def _refuse(group: OwnGroup, number: int, refused: UserError) -> ResponseReturnValue:
    """Show an endpoint with why something was not done; 404 for one that is not there."""
    if refused.status == 404:
        raise refused
    return _show_one(group, number, {"all": describe_error(refused)}), 409


def _find(group: OwnGroup, number: int) -> EndpointLine:
    for line in list_endpoints(group.id, number):
        return line
    abort(404)


def _is_first(line: DeliveryLine) -> bool:
    """Return whether an answer will come soon: the first attempt, or one under way."""
    return line.is_waiting and line.state is not OutgoingState.RETRY_WAIT


def _show_all(group: OwnGroup, wrong: Mapping[str, str] | None = None) -> str:
    return render_template(
        "partner/webhooks.html",
        group=group,
        endpoints=list_endpoints(group.id),
        most=endpoints.MOST_ENDPOINTS,
        events={event: EVENT_WORDS[event] for event in CONSENT_EVENTS},
        signings=SIGNING_WORDS,
        why=WHY_WORDS,
        typed=request.form,
        wrong=wrong or {},
    )


def _show_one(
    group: OwnGroup, number: int, wrong: Mapping[str, str] | None = None, key: str | None = None
) -> str:
    line = _find(group, number)
    session = db.session()
    found = list_deliveries(group.id, number, before=_read_before(), limit=PAGE + 1)
    return render_template(
        "partner/webhook.html",
        group=group,
        line=line,
        key=key,
        public_key=find_public_key(session, find_endpoint(session, group.id, number)),
        deliveries=found[:PAGE],
        next=found[PAGE - 1].id if len(found) > PAGE else None,
        is_first_page="before" not in request.args,
        states=STATE_WORDS,
        events=EVENT_WORDS,
        why=WHY_WORDS,
        kept_days=KEPT_DAYS,
        wrong=wrong or {},
    )


def _show_delivery(group: OwnGroup, number: int, wrong: str = "") -> str:
    line = find_delivery(group.id, number)
    return render_template(
        "partner/webhook_delivery.html",
        group=group,
        line=line,
        url=_find(group, line.endpoint_id).url,
        attempts=list_attempts(group.id, number),
        is_first=_is_first(line),
        states=STATE_WORDS,
        events=EVENT_WORDS,
        wrong=wrong,
    )
