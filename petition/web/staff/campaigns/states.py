"""The page of one campaign: whether people can sign, and the button that closes it.

A campaign is opened on its checklist (checklist.py).
"""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.campaigns.campaign_overview import get_campaign
from petition.campaigns.lifecycle import set_state
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.dispatch.pauses import is_paused
from petition.error_messages.description import describe_error
from petition.models import CampaignState
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.editor import ONE
from petition.web.staff.pages import blueprint


@blueprint.get(ONE)
@requires_editing
def show_campaign_state(edited: EditedCampaign) -> ResponseReturnValue:
    """Show whether people can sign, and what opens or closes it."""
    return _show(edited)


@blueprint.post(ONE)
@requires_editing
def change_campaign_state(edited: EditedCampaign) -> ResponseReturnValue:
    """Close it; ``do``: ``close``."""
    if request.form.get("do") != "close":
        abort(400)
    try:
        changed = set_state(edited.slug, CampaignState.CLOSED, actor=get_actor())
    except UserError as error:
        return _show(edited, describe_error(error)), 409
    flash(
        "The campaign is closed to new signatures."
        if changed
        else "The campaign was closed already."
    )
    return redirect(url_for("staff.show_campaign_state", slug=edited.slug), 303)


def _show(edited: EditedCampaign, refused: str = "") -> Response:
    db.session.rollback()
    page = render_template(
        "staff/campaigns/state.html",
        edited=edited,
        overview=get_campaign(db.session(), edited.slug),
        paused=is_paused(db.session(), edited.id),
        states=CampaignState,
        refused=refused,
    )
    return make_response(page)
