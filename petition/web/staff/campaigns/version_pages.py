"""The versions of a campaign: their list, what differs between two, one as a file, put back."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.versions.comparison import compare_definitions, show_value
from petition.campaigns.versions.definition_text import describe_campaign, write_definition
from petition.campaigns.versions.edits import Basis, put_back
from petition.campaigns.versions.version_list import (
    find_draft,
    list_versions,
    read_draft,
    read_version,
)
from petition.campaigns.versions.version_store import VersionChanged
from petition.core.columns import LARGEST_ID
from petition.core.extensions import db
from petition.error_messages.description import describe_error
from petition.letters.merge import find_merge_problem
from petition.models import Campaign
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.actor_names import name_actors
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.definition_words import describe_definition, name_field
from petition.web.staff.campaigns.editor import ONE
from petition.web.staff.pages import blueprint

NUMBER = f"<int(max={LARGEST_ID}):number>"
DRAFT = "draft"


@blueprint.get(f"{ONE}/versions")
@requires_editing
def list_campaign_versions(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the versions, the newest first."""
    return _show(edited)


@blueprint.get(f"{ONE}/versions/compare")
@requires_editing
def compare_versions(edited: EditedCampaign) -> ResponseReturnValue:
    """Show what differs, field by field.

    - ``before`` and ``after``: numbers of versions, or ``draft``; the newest and the one before
      where they are missing. Raises NotFound for others.
    """
    session, newest = db.session(), _find_newest(edited)
    names = [request.args.get(name, "") for name in ("before", "after")]
    defaults = [str(max(newest - 1, min(newest, 1))), str(newest)]
    chosen = [name or default for name, default in zip(names, defaults, strict=True)]
    told = [
        read_draft(session, edited.id)
        if name == DRAFT
        else read_version(session, edited.id, _read_number(name))
        for name in chosen
    ]
    return render_template(
        "staff/campaigns/compare.html",
        edited=edited,
        before=chosen[0],
        after=chosen[1],
        changes=compare_definitions(*told),
        versions=list_versions(session, edited.id),
        draft=find_draft(session, edited.id),
        name_field=name_field,
        show_value=show_value,
    )


@blueprint.post(f"{ONE}/versions/{NUMBER}/put-back")
@requires_editing
def put_version_back(edited: EditedCampaign, number: int) -> ResponseReturnValue:
    """Store a version's definition again as the next one; ``version``: the newest that was seen."""
    seen = _read_number(request.form.get("version", ""))
    try:
        made = put_back(edited.slug, number, find_merge_problem, Basis(seen), actor=get_actor())
    except DefinitionRefused as refused:
        wrong = describe_definition(refused.problems)
        lines = [f"{name_field(name)}: {words}" for name, words in wrong.items()]
        return _show(edited, f"Version {number} cannot be put back.", lines), 409
    except VersionChanged as changed:
        words = describe_error(changed)
        if changed.revision:
            words = "There is a draft of the next version. Publish or discard it first."
        return _show(edited, words), changed.status
    flash(
        f"Version {number} is in force again, as version {made}."
        if made != seen
        else f"Version {number} is already in force."
    )
    return redirect(url_for("staff.list_campaign_versions", slug=edited.slug), 303)


@blueprint.get(f"{ONE}/campaign.toml")
@requires_editing
def download_definition(edited: EditedCampaign) -> ResponseReturnValue:
    """Return the definition as a file: that in force, or ``version``: a number, or ``draft``."""
    which, session = request.args.get("version", ""), db.session()
    if which == DRAFT:
        told = read_draft(session, edited.id)
    elif which:
        told = read_version(session, edited.id, _read_number(which))
    else:
        told = describe_campaign(session.get_one(Campaign, edited.id))
    ending = f"-{which}" if which else ""
    response = Response(write_definition(told), content_type="application/toml; charset=utf-8")
    name = f"{edited.slug}{ending if ending.isascii() else ''}.toml"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _show(edited: EditedCampaign, refused: str = "", lines: list[str] | None = None) -> Response:
    db.session.rollback()
    versions = list_versions(db.session(), edited.id)
    page = render_template(
        "staff/campaigns/versions.html",
        edited=edited,
        versions=versions,
        draft=find_draft(db.session(), edited.id),
        actors=name_actors({one.actor for one in versions}),
        refused=refused,
        lines=lines or [],
    )
    return make_response(page)


def _find_newest(edited: EditedCampaign) -> int:
    versions = list_versions(db.session(), edited.id)
    return versions[0].number if versions else 0


def _read_number(text: str) -> int:
    """Return a number of a version; -1, which none has, for anything else."""
    number = read_whole(text, LARGEST_ID)
    return -1 if number is None else number
