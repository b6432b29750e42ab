"""The list of campaigns, and a new one: from nothing, from a file, or as a copy of another."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from petition.accounts.permissions import Permission
from petition.campaigns.campaign_overview import list_campaigns
from petition.campaigns.definition import read_definition
from petition.campaigns.lifecycle import create_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.successors import set_successor
from petition.campaigns.versions.definition_text import describe_campaign
from petition.core.extensions import db
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignDraft, CampaignVersion
from petition.web.portals.guards import allows, get_actor, requires
from petition.web.staff.campaigns.access import find_edited, list_editors
from petition.web.staff.campaigns.definition_words import describe_definition
from petition.web.staff.campaigns.form_page import FormPage, render_form
from petition.web.staff.campaigns.form_values import DEFAULTS, fill_form, read_form
from petition.web.staff.campaigns.uploaded_file import read_file
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere

# A copy has dates of its own.
NOT_COPIED = ("slug", "opens_at", "closes_at", "deadline", "successor")


@blueprint.get("/campaigns")
@requires_somewhere(Permission.CAMPAIGNS_EDIT)
def list_edited() -> ResponseReturnValue:
    """Show the campaigns that the account may edit."""
    scope = find_scope(Permission.CAMPAIGNS_EDIT)
    ids: dict[str, int] = {
        slug: number for number, slug in db.session.execute(select(Campaign.id, Campaign.slug))
    }
    shown = [one for one in list_campaigns(db.session()) if scope is None or ids[one.slug] in scope]
    return render_template(
        "staff/campaigns/list.html",
        campaigns=shown,
        ids=ids,
        versions=_count_by_campaign(func.max(CampaignVersion.number), CampaignVersion.campaign_id),
        drafts=_count_by_campaign(func.max(CampaignDraft.revision), CampaignDraft.campaign_id),
        editors=list_editors(),
        may_create=allows(Permission.CAMPAIGNS_EDIT),
    )


@blueprint.get("/campaigns/new")
@requires(Permission.CAMPAIGNS_EDIT)
def begin_campaign() -> ResponseReturnValue:
    """Show the form of a new campaign.

    - ``from``: the campaign to copy; ``follows``: 1 to set the copy as its successor.
    """
    told, source = dict(DEFAULTS), request.args.get("from", "")
    follows = ""
    if source:
        found = find_edited(source)
        campaign = db.session.get_one(Campaign, found.id)
        told |= describe_campaign(campaign)
        told = {name: value for name, value in told.items() if name not in NOT_COPIED}
        follows = found.slug if request.args.get("follows") == "1" else ""
    page = FormPage(fill_form(told), copied=source, follows=follows)
    return make_response(render_form(page))


@blueprint.post("/campaigns/new")
@requires(Permission.CAMPAIGNS_EDIT)
def make_campaign() -> ResponseReturnValue:
    """Create a draft from the form, or fill in the form from a file (``do``: ``file``).

    - ``follows``: the campaign whose successor it is, if any.
    """
    form, follows = request.form, request.form.get("follows", "")
    what = form.get("do", "")
    if follows:
        find_edited(follows)
    if what == "row":
        return make_response(render_form(FormPage(form, follows=follows, blanks=3)))
    if what == "file":
        found = read_file(lambda told: read_definition(told, find_merge_problem).problems)
        values = fill_form(found.told) if found.told is not None else form
        page = FormPage(values, wrong=found.wrong, follows=follows, filled_from=found.name)
        return make_response(render_form(page), 400 if found.told is None else 200)
    told = read_form(form, {}).told
    try:
        create_campaign(told, find_merge_problem, actor=get_actor(), note=form.get("note", ""))
    except DefinitionRefused as refused:
        wrong = describe_definition(refused.problems)
        return make_response(render_form(FormPage(form, wrong=wrong, follows=follows)), 400)
    slug = str(told["slug"])
    if follows:
        set_successor(follows, slug, actor=get_actor())
    flash("The campaign is saved as a draft. No one can see it until it is opened.")
    return redirect(url_for("staff.edit_campaign", slug=slug), 303)


def _count_by_campaign(number: Any, campaign_id: Any) -> dict[int, int]:
    rows = db.session.execute(select(campaign_id, number).group_by(campaign_id))
    return {found: count for found, count in rows}
