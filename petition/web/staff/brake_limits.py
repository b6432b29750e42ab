"""The limits of the brake for one campaign: tried on its own history, then set with a reason."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.core.extensions import db
from petition.counting.evidence import HeldBecause
from petition.counting.limits.campaign_limits import (
    NAMES,
    apply_own,
    find_campaigns,
    read_limits,
    read_typed,
    set_limits,
    write_limit,
)
from petition.counting.limits.limit_trial import LimitTrial, try_limits
from petition.error_messages.description import describe_error, describe_fields
from petition.models.slug_problems import SlugProblem
from petition.web.portals.guards import get_actor, requires_recent
from petition.web.staff.findings import SHORT, describe_reasons
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere

DAYS = (7, 30, 90, 365)
# Each limit in words, and what its number is.
TITLES = {
    "network_share": ("From one network", "%"),
    "domain_share": ("At one e-mail domain", "%"),
    "quick_share": ("In a short time", "%"),
    "quick_minutes": ("A short time is", "minutes"),
    "unloaded_share": ("Form never loaded", "%"),
    "moved_share": ("Moved here", "%"),
    "alike_share": ("Nearly the same names or words", "%"),
    "shared_share": ("Shared mailboxes", "%"),
    "batch_share": ("From one import", "%"),
    "letters_a_day": ("Hundreds of a district in a day", "at most"),
}
LONGEST_SHOWN = 100  # hundreds in each list


@blueprint.get("/milestones/limits")
@requires_somewhere(Permission.MILESTONES_READ)
def show_limits() -> ResponseReturnValue:
    """Show a campaign's limits, and what they, or others, would have held."""
    return _show()


@blueprint.post("/milestones/limits")
@requires_somewhere(Permission.MILESTONES_DECIDE)
@requires_recent
def change_limits() -> ResponseReturnValue:
    """Set the limits of a campaign."""
    form = request.form
    mine = find_campaigns(find_scope(Permission.MILESTONES_DECIDE))
    # Compared here: the database refuses some of what may be typed.
    campaign_id = next((id for id, slug, _ in mine if slug == form.get("campaign")), None)
    if campaign_id is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=form.get("campaign", ""))
    try:
        own = read_typed(form)
        set_limits(campaign_id, own, form.get("seen", ""), form.get("why", ""), get_actor())
    except InvalidInput as refused:
        return _show(describe_fields(refused), refused.status)
    except UserError as refused:
        return _show({"": describe_error(refused)}, 409)
    flash("The limits are set. They apply to hundreds checked from now on.")
    return redirect(url_for("staff.show_limits", campaign=form["campaign"]), 303)


def _show(problems: dict[str, str] | None = None, status: int = 200) -> Response:
    campaigns = find_campaigns(find_scope(Permission.MILESTONES_READ))
    typed = request.form if request.method == "POST" else request.args
    slugs = {slug: campaign_id for campaign_id, slug, _ in campaigns}
    chosen = typed.get("campaign", "")
    if chosen not in slugs:
        chosen = next(iter(slugs), "")
    limits = read_limits(db.session(), slugs.get(chosen, 0))
    own = {name: write_limit(value) for name, value in limits.own.items()}
    is_tried = any(name in typed for name in NAMES)
    values = {name: typed.get(name, "").strip() for name in NAMES} if is_tried else own
    problems = dict(problems or {})
    trial, days = None, _read_days(typed.get("days", ""))
    try:
        trial = _try(slugs.get(chosen, 0), values, days)
    except InvalidInput as refused:
        problems, status = describe_fields(refused) | problems, refused.status
    page = render_template(
        "staff/brake_limits.html",
        campaigns=campaigns,
        chosen=chosen,
        chosen_id=slugs.get(chosen, 0),
        limits=limits,
        service={name: write_limit(getattr(limits.service, name)) for name in NAMES},
        values=values,
        differs=is_tried and {name: text for name, text in values.items() if text} != own,
        titles=TITLES,
        trial=trial,
        days=days,
        all_days=DAYS,
        longest=LONGEST_SHOWN,
        short=SHORT,
        looks=HeldBecause,
        describe_reasons=describe_reasons,
        problems=problems,
        why=typed.get("why", ""),
    )
    return make_response(page, status)


def _try(campaign_id: int, values: dict[str, str], days: int) -> LimitTrial:
    own = read_typed(values)
    return try_limits(
        campaign_id, apply_own(read_limits(db.session(), campaign_id).service, own), days
    )


def _read_days(text: str) -> int:
    return int(text) if text in map(str, DAYS) else DAYS[1]
