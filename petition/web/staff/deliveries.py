"""One delivery of the log, with its timeline, its letter and its message."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.audit.letter_views import record_view
from petition.core.clock import utcnow
from petition.core.content.stores import ContentStore
from petition.core.errors import (
    NotFound,
    PetitionError,
    StorageCorrupt,
    StorageUnavailable,
    UserError,
)
from petition.core.extensions import db
from petition.delivery.delivery_log import get_delivery, read_log, read_message
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.letter_message import name_file
from petition.delivery.log_pages import DeliveryView
from petition.delivery.office_fixes import count_waiting
from petition.error_messages.description import describe_error
from petition.incoming.letter_answers import list_answers
from petition.letters.store import open_letters
from petition.models import User
from petition.models.states import NEEDS_A_PERSON
from petition.officials.corrections.email_correction import find_email
from petition.web.portals.guards import allows, get_actor
from petition.web.staff.messages import ShownMessage, take_apart
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_for_delivery
from petition.web.staff.timeline import explain_hold, write_diary

# Browsers apply the policy to their built-in PDF viewer, which the policy of our pages would block.
PDF_POLICY = "script-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Seconds that a person waits for an object store that is away.
PATIENCE_SECONDS = 2.0
# The largest id of the column: a larger number in an address is no delivery.
ONE = "/deliveries/<int(max=2147483647):delivery_id>"


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
    """Show one delivery."""
    return show_delivery(delivery_id)


@blueprint.get(f"{ONE}/letter.pdf")
@requires_for_delivery(Permission.LETTERS_OPEN)
def show_letter(delivery_id: int) -> ResponseReturnValue:
    """Return the stored PDF of its letter; it names people, so opening it is recorded."""
    row = get_delivery(delivery_id).row
    if row.sha256 is None or row.letter_id is None:
        raise NotFound(DeliveryProblem.NO_LETTER)
    db.session.rollback()  # nothing is open while the store is asked
    pdf = _get_store().read(row.sha256)
    record_view(row.letter_id, delivery_id=delivery_id, form="pdf", actor=get_actor())
    name = name_file(row.district, row.threshold)
    response = _give_file(pdf, "application/pdf", f'inline; filename="{name}"')
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response


@blueprint.get(f"{ONE}/message.eml")
@requires_for_delivery(Permission.LETTERS_OPEN)
def show_message(delivery_id: int) -> ResponseReturnValue:
    """Return its message as sent, without the file of replies; opening it is recorded too."""
    row = get_delivery(delivery_id).row
    if row.letter_id is None:
        raise NotFound(DeliveryProblem.NO_LETTER)
    message = read_message(delivery_id, _get_store().read)
    record_view(row.letter_id, delivery_id=delivery_id, form="message", actor=get_actor())
    name = f"delivery-{delivery_id}.eml"
    return _give_file(message, "message/rfc822", f'attachment; filename="{name}"')


def show_delivery(delivery_id: int, refused: Refusal | None = None) -> Response:
    """Return the page of a delivery, with a refused action if there was one."""
    view = get_delivery(delivery_id)
    events = read_log(delivery_id)
    message, missing = _read_message(view)
    may_read = allows(Permission.LETTERS_OPEN, campaign_id=view.row.campaign_id)
    page = render_template(
        "staff/delivery.html",
        view=view,
        row=view.row,
        diary=write_diary(events, _name_staff({event.actor for event in events})),
        answers=list_answers(view.row.id) if may_read else [],
        message=message,
        missing=missing,
        refused=refused,
        explain_hold=explain_hold,
        needed_states=NEEDS_A_PERSON,
        email=find_email(view.row.post_id),
        others=_count_others(view),
        typed=request.form if refused else {},
        today=utcnow().date(),
    )
    return make_response(page, refused.status if refused else 200)


def _count_others(view: DeliveryView) -> int:
    if not view.can_retry:
        return 0
    return count_waiting(view.row.id, find_scope(Permission.DELIVERIES_DECIDE))


def _read_message(view: DeliveryView) -> tuple[ShownMessage | None, str]:
    """Return the message, or why it cannot be shown; the rest of the page is shown all the same."""
    try:
        return take_apart(read_message(view.row.id, _get_store().read)), ""
    except UserError as error:
        return None, describe_error(error)
    except StorageUnavailable:
        return None, "The letter's file cannot be read now. Check where letters are stored."
    except StorageCorrupt:
        return None, "The letter's file is damaged. Restore it from a backup."
    except PetitionError as error:
        return None, f"The message cannot be made: {error.code}."


def _name_staff(actors: set[str]) -> dict[str, str]:
    ids = [int(actor.removeprefix("staff:")) for actor in actors if actor.startswith("staff:")]
    found = db.session.execute(select(User.id, User.email).where(User.id.in_(ids)))
    return {f"staff:{user_id}": email for user_id, email in found}


def _get_store() -> ContentStore:
    return open_letters(PATIENCE_SECONDS)


def _give_file(content: bytes, media_type: str, disposition: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition
    return response
