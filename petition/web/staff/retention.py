"""Retention: what is kept how long, what the next run removes, legal holds, the log of runs."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.audit.reasons import LONGEST_WHY
from petition.core.errors import InvalidInput, Problem, UserError
from petition.error_messages.description import describe_error, describe_fields
from petition.error_messages.staff_messages import StaffProblem
from petition.retention.legal_holds import (
    hold_campaign,
    list_free_campaigns,
    list_holds,
    release_campaign,
)
from petition.retention.retention_problems import RetentionProblem
from petition.retention.run import erase, list_waiting, look
from petition.retention.run_log import list_runs
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.actor_names import name_actors
from petition.web.staff.pages import blueprint

# Whoever presses waits so long; the reconciler does the rest.
RUN_SECONDS = 5.0


@blueprint.get("/retention")
@requires(Permission.SETTINGS_MANAGE)
def show_retention() -> ResponseReturnValue:
    """Show the kinds of data with what is past, the holds in force, and the latest runs."""
    return _show()


@blueprint.post("/retention/run")
@requires(Permission.SETTINGS_MANAGE)
@requires_recent
def run_retention() -> ResponseReturnValue:
    """Remove what is past its time, for some seconds; ``sure``: the box was checked."""
    if request.form.get("sure") != "1":
        error = InvalidInput({"sure": Problem(StaffProblem.DELIVERY_NOT_SURE)})
        return _show("sure", describe_fields(error)["sure"], error.status)
    done = erase(RUN_SECONDS, actor=get_actor())
    if done.failed:
        flash(f"Removed {done.total:,}. Not all could be removed: {', '.join(done.failed)}.")
    elif done.late:
        flash(f"Removed {done.total:,}. The scheduler removes the rest.")
    else:
        flash(f"Removed {done.total:,}." if done.total else "Nothing was past its time.")
    return redirect(url_for("staff.show_retention"), 303)


@blueprint.post("/retention/hold")
@requires(Permission.SETTINGS_MANAGE)
def place_hold() -> ResponseReturnValue:
    """Put a legal hold on a campaign: ``campaign``, a slug, and ``why``."""
    slug = request.form.get("campaign", "")
    try:
        if not slug:
            raise InvalidInput({"campaign": Problem(RetentionProblem.CAMPAIGN_MISSING)})
        hold_campaign(slug, request.form.get("why", ""), actor=get_actor())
    except InvalidInput as error:
        field, words = next(iter(describe_fields(error).items()))
        return _show(field, words, error.status)
    except UserError as error:
        return _show("campaign", describe_error(error), error.status)
    flash("The campaign is under a legal hold. Retention removes nothing of it.")
    return redirect(url_for("staff.show_retention"), 303)


@blueprint.post("/retention/release")
@requires(Permission.SETTINGS_MANAGE)
@requires_recent
def release_hold() -> ResponseReturnValue:
    """Release the legal hold of a campaign: ``campaign``, a slug."""
    try:
        release_campaign(request.form.get("campaign", ""), actor=get_actor())
    except UserError as error:
        return _show("release", describe_error(error), error.status)
    flash("The legal hold is released. The next run removes what is past its time.")
    return redirect(url_for("staff.show_retention"), 303)


def _show(field: str = "", wrong: str = "", status: int = 200) -> Response:
    found, holds, runs = list(look()), list_holds(), list_runs()
    page = render_template(
        "staff/retention.html",
        kinds=found,
        total=sum(one.past for one in found),
        waiting=list_waiting(),
        holds=holds,
        campaigns=list_free_campaigns(),
        runs=runs,
        names=name_actors([*(run.actor for run in runs), *(hold.held_by for hold in holds)]),
        longest=LONGEST_WHY,
        field=field,
        wrong=wrong,
        typed=request.form,
    )
    return make_response(page, status)
