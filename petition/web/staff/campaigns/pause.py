"""Pause and resume the letters of a campaign, or of all, as ``petition pause`` does."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.attention.letter_pauses import pause_letters, read_pause_reason, resume_paused
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.dispatch.pause_problems import PauseOfService
from petition.dispatch.pauses import LONGEST_REASON, InForce, list_pauses
from petition.error_messages.description import describe_error, describe_fields
from petition.web.portals.guards import allows, get_actor, requires, requires_recent
from petition.web.staff.campaigns.access import EditedCampaign, load_campaign, requires_editing
from petition.web.staff.pages import blueprint

CONFLICT = 409


@dataclass(frozen=True, slots=True)
class RefusedPause:
    """A refused act: its message, ``field`` (empty: none of the form), and the status."""

    message: str
    status: int
    field: str = ""


@blueprint.get("/campaigns/<slug:slug>/pause")
@requires_editing
def show_pause(edited: EditedCampaign) -> ResponseReturnValue:
    """Show whether the letters of a campaign are paused, and the button for the other."""
    return _show(edited)


@blueprint.post("/campaigns/<slug:slug>/pause")
@requires_editing
def change_pause(edited: EditedCampaign) -> ResponseReturnValue:
    """Pause or resume the letters of a campaign: ``do`` (``pause``, ``resume``) and ``why``."""
    return _change(edited, url_for("staff.show_pause", slug=edited.slug))


@blueprint.get("/pause")
@requires(Permission.CAMPAIGNS_EDIT)
@requires_recent
def show_stop() -> ResponseReturnValue:
    """Show whether the letters of all campaigns are stopped, and the button for the other."""
    return _show(None)


@blueprint.post("/pause")
@requires(Permission.CAMPAIGNS_EDIT)
@requires_recent
def change_stop() -> ResponseReturnValue:
    """Stop or resume the letters of all campaigns: ``do`` (``pause``, ``resume``) and ``why``."""
    return _change(None, url_for("staff.show_stop"))


def _change(edited: EditedCampaign | None, page: str) -> ResponseReturnValue:
    slug = edited.slug if edited is not None else None
    what, why, actor = request.form.get("do", ""), request.form.get("why", ""), get_actor()
    if what not in ("pause", "resume"):
        abort(400)
    try:
        whole = allows(Permission.CAMPAIGNS_EDIT)
        if what == "pause":
            changed = pause_letters(slug, why, actor=actor, for_service=whole)
        else:
            reason = read_pause_reason(why)
            changed = resume_paused(slug, actor=actor, why=reason, for_service=whole)
    except InvalidInput as error:
        field, words = next(iter(describe_fields(error).items()))
        return _show(edited, RefusedPause(words, error.status, field))
    except PauseOfService as error:
        return _show(edited, RefusedPause(describe_error(error), error.status))
    if not changed:
        done = "paused" if what == "pause" else "resumed"
        words = f"Someone else has {done} them already. Nothing was changed."
        return _show(edited, RefusedPause(words, CONFLICT))
    flash("The letters are paused." if what == "pause" else "The letters are sent again.")
    return redirect(page, 303)


def _show(edited: EditedCampaign | None, refused: RefusedPause | None = None) -> Response:
    slug = edited.slug if edited is not None else None
    pauses = list_pauses(db.session())
    page = render_template(
        "staff/campaigns/pause.html",
        campaign=load_campaign(edited) if edited is not None else None,
        pause=_find(pauses, slug),
        of_all=_find(pauses, None) if slug is not None else None,
        others=[one for one in pauses if one.campaign is not None] if slug is None else [],
        may_stop_all=allows(Permission.CAMPAIGNS_EDIT),
        refused=refused,
        typed=request.form.get("why", "") if refused else "",
        most=LONGEST_REASON,
    )
    return make_response(page, refused.status if refused else 200)


def _find(pauses: Sequence[InForce], slug: str | None) -> InForce | None:
    return next((one for one in pauses if one.campaign == slug), None)
