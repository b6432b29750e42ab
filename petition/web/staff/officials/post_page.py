"""The page of a post: what is known of it, and the forms that correct it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.audit.trail import write_line
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, get_settings
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.held_deliveries import release_held
from petition.error_messages.description import describe_error, describe_fields
from petition.models import CorrectionField, User
from petition.officials.corrections.corrections import withdraw
from petition.officials.corrections.corrector import Wish
from petition.officials.corrections.typed_values import read_value
from petition.officials.corrections.value_correction import ValueChanged, correct_value
from petition.officials.directory.post_record import PostRecord, read_record
from petition.officials.post_problems import PostProblem
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.officials.post_list import needs_email
from petition.web.staff.pages import blueprint
from petition.web.staff.typed_source import LONGEST_SOURCE, read_source

ONE = f"/officials/<int(max={LARGEST_ID}):post_id>"
SOURCE = "staff page"


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: which, and the words for each of its fields, or for ``all``."""

    form: str
    wrong: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)


@blueprint.get(ONE)
@requires(Permission.OFFICIALS_READ)
def show_post(post_id: int) -> ResponseReturnValue:
    """Show a post."""
    return _show(post_id)


@blueprint.post(f"{ONE}/correct/<any(holder,email,office):which>")
@requires(Permission.OFFICIALS_EDIT)
@requires_recent
def correct_one(post_id: int, which: str) -> ResponseReturnValue:
    """Correct who holds a post, its e-mail address or its office, from a source with its day."""
    form = "vacant" if which == CorrectionField.HOLDER and _is_none() else which
    try:
        changed = _correct(post_id, CorrectionField(which))
    except NotFound:
        raise
    except InvalidInput as error:
        return _show(post_id, Refused(form, describe_fields(error), request.form)), error.status
    except UserError as error:
        status = 409 if isinstance(error, ValueChanged) else error.status
        refused = Refused(form, {"value": describe_error(error)}, request.form)
        return _show(post_id, refused), status
    released = release_held() if changed else 0
    if not changed:
        flash("Nothing was changed: it was so already.")
    else:
        flash(f"Corrected. {tell_released(released)}")
    return redirect(url_for("staff.show_post", post_id=post_id), 303)


@blueprint.post(f"{ONE}/withdraw/<int(max={LARGEST_ID}):correction_id>")
@requires(Permission.OFFICIALS_EDIT)
@requires_recent
def withdraw_one(post_id: int, correction_id: int) -> ResponseReturnValue:
    """Take a correction back: the rosters apply again."""
    form = f"withdraw-{correction_id}"
    because = write_line(request.form.get("why", ""))[:LONGEST_SOURCE]
    record = read_record(post_id, needs_email())
    if correction_id not in [one.id for one in record.compared]:
        known = [one.id for one in record.withdrawn]
        if correction_id not in known:
            raise NotFound(PostProblem.CORRECTION_NOT_FOUND, correction_id=correction_id)
        flash("Someone else has just taken this correction back.")
        return _show(post_id), 409
    if not because:
        problem = InvalidInput({"why": Problem(DeliveryProblem.WHY_MISSING)})
        return _show(post_id, Refused(form, describe_fields(problem))), 422
    try:
        withdraw([correction_id], because=because, withdrawn_by=get_actor(), actor=get_actor())
    except NotFound:  # by someone else, a moment ago
        flash("Someone else has just taken this correction back.")
        return _show(post_id), 409
    flash(f"The rosters apply again. {tell_released(release_held())}")
    return redirect(url_for("staff.show_post", post_id=post_id), 303)


def _correct(post_id: int, which: CorrectionField) -> bool:
    form = request.form
    is_none = _is_none() and which != CorrectionField.OFFICE
    value = None if is_none else read_value(which, form.get("value", ""))
    wish = Wish(
        post_id,
        {which: value},
        because=read_source(),
        source=SOURCE,
        family_name=write_line(form.get("family_name", ""))[:LONGEST_SOURCE],
        for_post=form.get("for_post") == "1",
        until=_read_until(form.get("until", "")),
    )
    return correct_value(wish, which, form.get("seen", ""), actor=get_actor())


def _is_none() -> bool:
    return request.form.get("none") == "1"


def _read_until(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput({"until": Problem(PostProblem.DAY_UNREAD)}) from None


def tell_released(released: int) -> str:
    """Return what to say about letters after a change: how many that waited are due now."""
    if not released:
        return "Letters already sent do not change."
    letters = (
        "1 letter that waited is" if released == 1 else f"{released:,} letters that waited are"
    )
    return f"{letters} due now."


def _show(post_id: int, refused: Refused | None = None) -> str:
    record = read_record(post_id, needs_email())
    return render_template(
        "staff/officials/post.html",
        record=record,
        post=record.post,
        refused=refused,
        typed=refused.typed if refused else {},
        today=utcnow().date().isoformat(),
        channel=get_settings().channel,
        people=_name_people(record),
        LABELS={
            CorrectionField.HOLDER.value: "holder",
            CorrectionField.EMAIL.value: "e-mail address",
            CorrectionField.OFFICE.value: "postal address",
        },
    )


def _name_people(record: PostRecord) -> dict[str, str]:
    """Return the e-mail address of each staff account that corrected something, by its actor."""
    made = [one.made_by for one in record.compared]
    for one in record.withdrawn:
        made += [one.made_by, one.withdrawn_by or ""]
    ids = {
        int(number)
        for name in made
        if (number := name.removeprefix("staff:")) != name and number.isdecimal()
    }
    people = db.session.execute(select(User.id, User.email).where(User.id.in_(ids)))
    return {f"staff:{user_id}": email for user_id, email in people}
