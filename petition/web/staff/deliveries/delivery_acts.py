"""The actions of staff on a delivery: retry, hold, release, confirm or cancel it, resolve it.

- Each is a POST with the form's CSRF token, by who may decide, and is recorded with the actor.
- A refused action shows the page again, with what was typed.
"""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.delivery.other_channels import send_otherwise
from petition.delivery.staff_decisions import cancel, confirm, note, resolve, retry
from petition.delivery.staff_holds import hold_delivery, release_delivery
from petition.error_messages.description import describe_error, describe_fields
from petition.error_messages.staff_messages import StaffProblem
from petition.models import DeliveryState
from petition.web.portals.guards import get_actor, requires_recent
from petition.web.staff.deliveries.delivery_page import ONE, Refusal, show_delivery
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import requires_for_delivery

DONE = {
    "retry": "It is due now; the same message will be sent again.",
    "resolve-sent": "Resolved as sent. It will not be sent again.",
    "resolve-not-sent": "Resolved as not sent. The same message will be sent again now.",
    "hold": "It is held, and will not be sent until it is released.",
    "release": "It is released and due now.",
    "otherwise": "The letter is sent as this delivery. The earlier one is no longer sent.",
    "confirm": "Recorded: the office confirmed that it has the letter.",
    "note": "The note is in the log.",
    "cancel": "Cancelled. It will not be sent.",
}


@blueprint.post(f"{ONE}/retry")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def retry_one(delivery_id: int) -> ResponseReturnValue:
    """Make the delivery due now."""
    return _decide(delivery_id, "retry", lambda why: retry(delivery_id, get_actor(), why))


@blueprint.post(f"{ONE}/resolve")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def resolve_one(delivery_id: int) -> ResponseReturnValue:
    """Set the outcome of an unknown delivery."""
    outcome = request.form.get("outcome", "")
    return _decide(
        delivery_id, "resolve", lambda why: resolve(delivery_id, outcome, why, get_actor())
    )


@blueprint.post(f"{ONE}/hold")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def hold_one(delivery_id: int) -> ResponseReturnValue:
    """Hold the delivery until it is released."""
    return _decide(delivery_id, "hold", lambda why: hold_delivery(delivery_id, get_actor(), why))


@blueprint.post(f"{ONE}/release")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def release_one(delivery_id: int) -> ResponseReturnValue:
    """Let the delivery go on."""
    return _decide(
        delivery_id, "release", lambda why: release_delivery(delivery_id, get_actor(), why)
    )


@blueprint.post(f"{ONE}/otherwise")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
@requires_recent
def send_one_otherwise(delivery_id: int) -> ResponseReturnValue:
    """Send the letter by another channel, in place of this delivery."""
    planned: list[int] = []
    channel = request.form.get("channel", "")

    def act(why: str) -> None:
        planned.append(send_otherwise(delivery_id, channel, why, get_actor()))

    answer = _decide(delivery_id, "otherwise", act)
    return redirect(url_for("staff.show_one", delivery_id=planned[0]), 303) if planned else answer


@blueprint.post(f"{ONE}/confirm")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def confirm_one(delivery_id: int) -> ResponseReturnValue:
    """Record that a person at the office confirmed that it has the letter."""
    return _decide(delivery_id, "confirm", lambda why: confirm(delivery_id, why, get_actor()))


@blueprint.post(f"{ONE}/cancel")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
@requires_recent
def cancel_one(delivery_id: int) -> ResponseReturnValue:
    """Cancel the delivery permanently; requires the confirmation checkbox."""

    def act(why: str) -> DeliveryState:
        if not request.form.get("sure"):
            raise InvalidInput({"sure": Problem(StaffProblem.DELIVERY_NOT_SURE)})
        return cancel(delivery_id, get_actor(), why)

    return _decide(delivery_id, "cancel", act)


@blueprint.post(f"{ONE}/note")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
def note_one(delivery_id: int) -> ResponseReturnValue:
    """Write a note into the delivery's log."""
    return _decide(delivery_id, "note", lambda why: note(delivery_id, get_actor(), why))


def _decide(delivery_id: int, action: str, act: Callable[[str], object]) -> ResponseReturnValue:
    why = request.form.get("why", "")
    outcome = request.form.get("outcome", "")
    try:
        act(why)
    except NotFound:
        raise
    except InvalidInput as error:
        field, problem = next(iter(describe_fields(error).items()))
        refused = Refusal(action, problem, why, outcome, error.status, field)
        return show_delivery(delivery_id, refused)
    except UserError as error:
        return show_delivery(delivery_id, Refusal(action, describe_error(error), why, outcome, 409))
    flash(DONE[f"resolve-{outcome}" if action == "resolve" else action])
    return redirect(url_for("staff.show_one", delivery_id=delivery_id), 303)
