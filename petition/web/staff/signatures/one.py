"""One signature: its state and log, and who signed it once a reason was given.

- The person is part of the answer to a POST only, so that no reload or link shows them without
  another event. What is done at their request needs a reason; what cannot be undone, or hands out
  all that is stored, a recent proof of who asks.
"""

import json
from collections.abc import Callable
from datetime import datetime

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_BIG_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.error_messages.description import describe_error, describe_fields
from petition.error_messages.staff_messages import StaffProblem
from petition.models import Person
from petition.signers.amend import mark_name
from petition.signers.staff_requests.signature_view import open_person, view_signature
from petition.signers.staff_requests.staff_acts import (
    correct_name,
    erase_for_signer,
    export_for_signer,
    withdraw_for_signer,
)
from petition.web.portals.guards import allows, get_actor, requires_recent
from petition.web.staff.actor_names import name_actors
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import requires_for_signature
from petition.web.staff.signatures.signature_log import describe_events

ONE = f"/signatures/<int(max={LARGEST_BIG_ID}):signature_id>"


@blueprint.get(ONE)
@requires_for_signature(Permission.SIGNATURES_OPEN)
def show_signature(signature_id: int) -> ResponseReturnValue:
    """Show a signature without its person."""
    return _show(signature_id)


@blueprint.post(ONE)
@requires_for_signature(Permission.SIGNATURES_OPEN)
def open_signature(signature_id: int) -> ResponseReturnValue:
    """Show who signed, which is recorded with the reason."""
    try:
        person = open_person(signature_id, request.form.get("why", ""), get_actor())
    except InvalidInput as refused:
        return _show(signature_id, "open", describe_fields(refused), refused.status)
    except UserError as refused:
        return _show(signature_id, "open", {"": describe_error(refused)}, 409)
    return _show(signature_id, person=person)


@blueprint.post(f"{ONE}/name")
@requires_for_signature(Permission.SIGNATURES_OPEN)
def correct_signer(signature_id: int) -> ResponseReturnValue:
    """Correct the signer's name."""
    form = request.form

    def act(why: str) -> str:
        correct_name(signature_id, form, form.get("seen", ""), why, get_actor())
        return "The name is corrected. A letter that was not sent yet is made with it."

    return _act(signature_id, "name", act)


@blueprint.post(f"{ONE}/withdraw")
@requires_for_signature(Permission.SIGNATURES_OPEN)
@requires_recent
def withdraw_signer(signature_id: int) -> ResponseReturnValue:
    """Withdraw the signature; requires the confirmation checkbox."""

    def act(why: str) -> str:
        _check_sure()
        if withdraw_for_signer(signature_id, why, get_actor()):
            return "It is withdrawn and no longer counts. No letter made from now on names it."
        return "This signature has ended already. Nothing was changed."

    return _act(signature_id, "withdraw", act)


@blueprint.post(f"{ONE}/erase")
@requires_for_signature(Permission.SIGNATURES_OPEN)
@requires_recent
def erase_signer(signature_id: int) -> ResponseReturnValue:
    """Erase the signer's data; requires the confirmation checkbox."""

    def act(why: str) -> str:
        _check_sure()
        despite = allows(Permission.SETTINGS_MANAGE)
        if erase_for_signer(signature_id, why, get_actor(), despite_hold=despite):
            return "The signer's data is erased. Letters already sent keep the name."
        return "This signature was erased already. Nothing was changed."

    return _act(signature_id, "erase", act)


@blueprint.post(f"{ONE}/data.json")
@requires_for_signature(Permission.SIGNATURES_OPEN)
@requires_recent
def export_signer(signature_id: int) -> ResponseReturnValue:
    """Return all that is stored about the signer, as a file to be handed to them."""
    try:
        told = export_for_signer(signature_id, request.form.get("why", ""), get_actor())
    except InvalidInput as refused:
        return _show(signature_id, "export", describe_fields(refused), refused.status)
    content = json.dumps(told, indent=2, ensure_ascii=False, default=_spell)
    response = Response(content + "\n", mimetype="application/json")
    name = f"signature-{signature_id}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _act(signature_id: int, action: str, act: Callable[[str], str]) -> ResponseReturnValue:
    try:
        done = act(request.form.get("why", ""))
    except NotFound:
        raise
    except InvalidInput as refused:
        return _show(signature_id, action, describe_fields(refused), refused.status)
    except UserError as refused:
        return _show(signature_id, action, {"": describe_error(refused)}, 409)
    flash(done)
    return redirect(url_for("staff.show_signature", signature_id=signature_id), 303)


def _check_sure() -> None:
    if not request.form.get("sure"):
        raise InvalidInput({"sure": Problem(StaffProblem.SIGNATURE_NOT_SURE)})


def _show(
    signature_id: int,
    action: str = "",
    problems: dict[str, str] | None = None,
    status: int = 200,
    person: Person | None = None,
) -> Response:
    view = view_signature(signature_id)
    page = render_template(
        "staff/signature.html",
        signature_id=signature_id,
        view=view,
        status=view.status,
        person=person,
        seen=mark_name(signature_id, person.name) if person else "",
        log=describe_events(view.log, name_actors(event.actor for event in view.log)),
        action=action,
        problems=problems or {},
        typed=request.form,
    )
    return make_response(page, status)


def _spell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
