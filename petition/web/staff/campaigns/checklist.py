"""The checklist of a campaign, and the button that opens it."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.audit.reasons import LONGEST_WHY
from petition.core.errors import InvalidInput, UserError
from petition.error_messages.checklist_messages import describe_line
from petition.error_messages.description import describe_error, describe_fields
from petition.openings.check_lines import CheckLevel
from petition.openings.checklist import Checklist, check_campaign
from petition.openings.opening import NotReady, open_campaign
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, load_campaign, requires_editing
from petition.web.staff.campaigns.drawing_limits import TooManyDrawings, take_drawing_turn
from petition.web.staff.pages import blueprint

PAGE = "/campaigns/<slug:slug>/checklist"


@blueprint.get(PAGE)
@requires_editing
def show_checklist(edited: EditedCampaign) -> ResponseReturnValue:
    """Show what is ready and what is not, each line with its remedy."""
    try:
        with take_drawing_turn():
            return _show(edited, check_campaign(edited.slug))
    except TooManyDrawings as refused:
        return _refuse(edited, refused)


@blueprint.post(PAGE)
@requires_editing
def open_by_form(edited: EditedCampaign) -> ResponseReturnValue:
    """Open the campaign: ``do`` (``open``), ``despite`` (1: with problems) and then ``why``."""
    if request.form.get("do") != "open":
        abort(400)
    despite = request.form.get("despite") == "1"
    try:
        with take_drawing_turn():
            return _open(edited, despite)
    except TooManyDrawings as refused:
        return _refuse(edited, refused)


def _open(edited: EditedCampaign, despite: bool) -> ResponseReturnValue:
    try:
        opened = open_campaign(
            edited.slug, actor=get_actor(), despite=despite, why=request.form.get("why", "")
        )
    except NotReady as refused:
        return _show(edited, refused.checklist, describe_error(refused), refused.status)
    except InvalidInput as refused:
        words = " ".join(describe_fields(refused).values())
        return _show(edited, check_campaign(edited.slug), words, refused.status, field="why")
    except UserError as refused:
        return _show(edited, check_campaign(edited.slug), describe_error(refused), refused.status)
    flash("The campaign is open." if opened.changed else "The campaign was open already.")
    return redirect(url_for("staff.show_campaign_state", slug=edited.slug), 303)


def _show(
    edited: EditedCampaign,
    checklist: Checklist,
    refused: str = "",
    status: int = 200,
    field: str = "",
) -> Response:
    described = [(line, describe_line(line)) for line in checklist.lines]
    page = render_template(
        "staff/campaigns/checklist.html",
        campaign=load_campaign(edited),
        groups=[
            (level, [one for one in described if one[0].level is level])
            for level in reversed(CheckLevel)
        ],
        problems=len(checklist.list_of(CheckLevel.PROBLEM)),
        refused=refused,
        field=field,
        typed=request.form,
        most=LONGEST_WHY,
    )
    return make_response(page, status)


def _refuse(edited: EditedCampaign, refused: TooManyDrawings) -> Response:
    page = render_template(
        "staff/campaigns/busy.html", campaign=load_campaign(edited), words=describe_error(refused)
    )
    response = make_response(page, refused.status)
    response.headers["Retry-After"] = str(refused.seconds)
    return response
