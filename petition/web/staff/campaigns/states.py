"""Opens and closes a campaign, as the commands do."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.boundaries.state_layer import need_states, put_states_in_force
from petition.campaigns.campaign_overview import get_campaign
from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.lifecycle import set_state
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_error
from petition.models import CampaignState
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.editor import ONE
from petition.web.staff.pages import blueprint

REFUSED = {
    CampaignProblem.NO_ASK: (
        "It has no ask yet: one sentence that says what the lawmaker should do. Write it, then open"
        " the campaign."
    ),
    CampaignProblem.PEOPLE_ERASED: (
        "The signers of this campaign were erased, so people could be counted twice. Copy it as its"
        " successor instead."
    ),
}


@blueprint.get(f"{ONE}/state")
@requires_editing
def show_campaign_state(edited: EditedCampaign) -> ResponseReturnValue:
    """Show whether people can sign, and the button that changes it."""
    return _show(edited)


@blueprint.post(f"{ONE}/state")
@requires_editing
def change_campaign_state(edited: EditedCampaign) -> ResponseReturnValue:
    """Open or close it; ``do``: ``open`` or ``close``."""
    what = request.form.get("do", "")
    if what not in ("open", "close"):
        return _show(edited, "Choose what to do."), 400
    wanted = CampaignState.OPEN if what == "open" else CampaignState.CLOSED
    try:
        changed = set_state(edited.slug, wanted, actor=get_actor())
    except UserError as error:
        words = REFUSED.get(CampaignProblem(error.problem.code)) or describe_error(error)
        return _show(edited, words), 409
    if what == "open" and need_states(db.session()):
        put_states_in_force()
    done = "open: people can sign it" if what == "open" else "closed to new signatures"
    flash(f"The campaign is {done}." if changed else f"The campaign was {wanted} already.")
    return redirect(url_for("staff.show_campaign_state", slug=edited.slug), 303)


def _show(edited: EditedCampaign, refused: str = "") -> Response:
    db.session.rollback()
    page = render_template(
        "staff/campaigns/state.html",
        edited=edited,
        overview=get_campaign(db.session(), edited.slug),
        states=CampaignState,
        refused=refused,
    )
    return make_response(page)
