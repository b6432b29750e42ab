"""Fix and go: corrects the office's e-mail address and sends again all that waits for it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.office_fixes import fix_and_send
from petition.error_messages.description import describe_error, describe_fields
from petition.officials.corrections.email_correction import EmailChanged, correct_email
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.deliveries.delivery_page import ONE, Refusal, show_delivery
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_for_delivery
from petition.web.staff.typed_source import read_source


@blueprint.post(f"{ONE}/fix")
@requires_for_delivery(Permission.DELIVERIES_DECIDE)
@requires(Permission.OFFICIALS_EDIT)
@requires_recent
def fix_office(delivery_id: int) -> ResponseReturnValue:
    """Correct the address, and make due all deliveries that wait for that office."""
    form = request.form
    email, seen = form.get("email", "").strip(), form.get("seen", "")
    try:
        source = read_source()
        sent = fix_and_send(
            delivery_id,
            lambda session, post_id: correct_email(
                session,
                post_id,
                email,
                seen,
                because=source,
                source=f"delivery {delivery_id}",
                actor=get_actor(),
            ),
            find_scope(Permission.DELIVERIES_DECIDE),
            actor=get_actor(),
            why=source,
        )
    except NotFound:
        raise
    except InvalidInput as error:
        field, problem = next(iter(describe_fields(error).items()))
        return show_delivery(delivery_id, _refuse(problem, error.status, field))
    except EmailChanged as changed:
        differs = UserError(
            DeliveryProblem.EMAIL_CHANGED, seen=seen or "empty", now=changed.now or "empty"
        )
        return show_delivery(delivery_id, _refuse(describe_error(differs), 409, "email"))
    except UserError as error:
        return show_delivery(delivery_id, _refuse(describe_error(error), 409, "email"))
    more = f" and {sent - 1} more" if sent > 1 else ""
    flash(f"The address is corrected. This letter{more} will be sent now, unchanged.")
    return redirect(url_for("staff.show_one", delivery_id=delivery_id), 303)


def _refuse(message: str, status: int, field: str) -> Refusal:
    return Refusal("fix", message, "", "", status, field)
