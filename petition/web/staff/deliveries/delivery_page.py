"""One delivery of the log, with its timeline and its message."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.errors import (
    PetitionError,
    StorageCorrupt,
    StorageUnavailable,
    UserError,
)
from petition.delivery.log.delivery_log import get_delivery, read_log, read_message
from petition.delivery.log.log_pages import DeliveryView
from petition.delivery.office_fixes import count_waiting
from petition.delivery.other_channels import ENDED, list_other_channels
from petition.error_messages.description import describe_error
from petition.incoming.letter_answers import list_answers
from petition.models.states import NEEDS_A_PERSON
from petition.officials.corrections.email_correction import find_email
from petition.web.headers import write_policy
from petition.web.portals.guards import allows, ask_for_proof
from petition.web.portals.session_checks import is_recent
from petition.web.staff.actor_names import name_actors
from petition.web.staff.deliveries.messages import ShownMessage, get_store, take_apart
from petition.web.staff.deliveries.state_words import explain_hold
from petition.web.staff.deliveries.timeline import write_diary
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_for_delivery

# Frames of the page: its letter and its message, from this site.
POLICY = write_policy(frame_src="'self'")
SHOWN = ("letter", "message")
# The largest id of the column: a larger number in an address is no delivery.
ONE = f"/deliveries/<int(max={LARGEST_ID}):delivery_id>"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused action: the message, what was typed, and which field was wrong."""

    action: str
    message: str
    why: str
    outcome: str
    status: int
    field: str | None = None


@blueprint.get(ONE)
@requires_for_delivery(Permission.DELIVERIES_READ)
def show_one(delivery_id: int) -> ResponseReturnValue:
    """Show one delivery; ``show=letter`` or ``message``: with that in a frame.

    - The frame asks for its own address, so what names people is recorded as opened then only.
    """
    shown = request.args.get("show", "")
    opens = find_scope(Permission.LETTERS_OPEN) != frozenset()
    if shown in SHOWN and opens and not is_recent():  # the frame could not ask for it
        return ask_for_proof()
    return show_delivery(delivery_id, shown=shown)


def show_delivery(delivery_id: int, refused: Refusal | None = None, shown: str = "") -> Response:
    """Return the page of a delivery, with a refused action if there was one.

    - ``shown``: what a frame shows, one of SHOWN; anything else: nothing.
    """
    view = get_delivery(delivery_id)
    events = read_log(delivery_id)
    message, missing = _read_message(view)
    may_read = allows(Permission.LETTERS_OPEN, campaign_id=view.row.campaign_id)
    page = render_template(
        "staff/delivery.html",
        view=view,
        row=view.row,
        diary=write_diary(events, name_actors(event.actor for event in events)),
        answers=list_answers(view.row.id) if may_read else [],
        message=message,
        missing=missing,
        refused=refused,
        shown=shown if shown in SHOWN else "",
        explain_hold=explain_hold,
        needed_states=NEEDS_A_PERSON,
        email=find_email(view.row.post_id),
        others=_count_others(view),
        channels=list_other_channels(delivery_id) if view.row.state in ENDED else [],
        typed=request.form if refused else {},
        today=utcnow().date(),
    )
    response = make_response(page, refused.status if refused else 200)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _count_others(view: DeliveryView) -> int:
    if not view.can_retry:
        return 0
    return count_waiting(view.row.id, find_scope(Permission.DELIVERIES_DECIDE))


def _read_message(view: DeliveryView) -> tuple[ShownMessage | None, str]:
    """Return the message, or why it cannot be shown; the rest of the page is shown all the same."""
    try:
        return take_apart(read_message(view.row.id, get_store().read)), ""
    except UserError as error:
        return None, describe_error(error)
    except StorageUnavailable:
        return None, "The letter's file cannot be read now. Check where letters are stored."
    except StorageCorrupt:
        return None, "The letter's file is damaged. Restore it from a backup."
    except PetitionError as error:
        return None, f"The message cannot be made: {error.code}."
