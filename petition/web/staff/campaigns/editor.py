"""The editor of a campaign: its form, stored as the next version or as the draft of one."""

from typing import Any

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.boundaries.state_layer import need_states, put_states_in_force
from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.versions.definition_text import describe_campaign
from petition.campaigns.versions.edit_conflicts import merge_with_stored, read_before
from petition.campaigns.versions.edits import (
    Basis,
    check_edit,
    discard_draft,
    find_basis,
    publish_edit,
    save_draft,
)
from petition.campaigns.versions.version_list import read_draft
from petition.campaigns.versions.version_store import VersionChanged
from petition.core.columns import LARGEST_ID
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.letters.merge import find_merge_problem
from petition.models import Campaign
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.definition_words import describe_definition
from petition.web.staff.campaigns.form_page import FormPage, render_form
from petition.web.staff.campaigns.form_values import fill_form, read_form, read_zone
from petition.web.staff.campaigns.uploaded_file import read_file
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope

ONE = "/campaigns/<slug>"


@blueprint.get(f"{ONE}/edit")
@requires_editing
def edit_campaign(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the form, filled with the draft of the next version or else with what is in force."""
    basis = find_basis(db.session(), edited.id)
    if basis.revision:
        told = read_draft(db.session(), edited.id)
    else:
        told = describe_campaign(db.session.get_one(Campaign, edited.id))
    return make_response(render_form(FormPage(fill_form(told), basis=basis), edited))


@blueprint.post(f"{ONE}/edit")
@requires_editing
def save_campaign(edited: EditedCampaign) -> ResponseReturnValue:
    """Store the form.

    - ``do``: ``publish``, ``draft``, ``row`` (shows another row of bills) or ``file`` (fills in the
      form). ``version`` and ``draft``: what the form was made from.
    """
    form, what = request.form, request.form.get("do", "publish")
    basis = Basis(_read_number("version"), _read_number("draft"))
    if what == "row":
        page = FormPage(form, basis=basis, blanks=3, note=form.get("note", ""))
        return make_response(render_form(page, edited))
    if what == "file":
        return _fill_from_file(edited, basis)
    told = read_form(form, _read_base(edited, basis)).told
    try:
        return _store(edited, basis, told, what)
    except DefinitionRefused as refused:
        wrong = describe_definition(refused.problems)
        page = FormPage(form, wrong=wrong, basis=basis, note=form.get("note", ""))
        return make_response(render_form(page, edited), 400)
    except VersionChanged as changed:
        return _show_changed(edited, basis, told, changed.status)


@blueprint.post(f"{ONE}/discard")
@requires_editing
def discard_edit(edited: EditedCampaign) -> ResponseReturnValue:
    """Delete the draft of the next version; ``draft``: its revision that was seen."""
    try:
        discard_draft(edited.slug, _read_number("draft"), actor=get_actor())
        flash("The draft is discarded. The campaign has not changed.")
    except VersionChanged:
        flash("Someone has changed the draft, so it was not discarded. Read it first.")
    except NotFound:
        flash("The draft no longer exists.")
    return redirect(url_for("staff.edit_campaign", slug=edited.slug), 303)


def _store(
    edited: EditedCampaign, basis: Basis, told: dict[str, Any], what: str
) -> ResponseReturnValue:
    actor, slug, scope = get_actor(), edited.slug, find_scope(Permission.CAMPAIGNS_EDIT)
    if what == "draft":
        save_draft(slug, told, find_merge_problem, basis, actor=actor, scope=scope)
        flash("Saved as a draft of the next version. The campaign itself has not changed.")
    else:
        note = request.form.get("note", "")
        changed = publish_edit(
            slug, told, find_merge_problem, basis, actor=actor, note=note, scope=scope
        )
        if "layers" in changed and need_states(db.session()):
            put_states_in_force()
        number = len(changed)
        words = f"{number} {'field' if number == 1 else 'fields'} changed."
        flash(f"Saved as the next version: {words}" if changed else "Nothing was changed.")
    return redirect(url_for("staff.edit_campaign", slug=slug), 303)


def _show_changed(
    edited: EditedCampaign, basis: Basis, told: dict[str, Any], status: int
) -> Response:
    db.session.rollback()
    try:
        found = merge_with_stored(db.session(), edited.id, basis, told)
    except NotFound:  # of a version that never was
        found = merge_with_stored(db.session(), edited.id, Basis(0), told)
    page = FormPage(
        fill_form(found.told, read_zone(request.form)),
        overlaps=found.overlaps,
        is_stale=True,
        basis=found.basis,
        note=request.form.get("note", ""),
    )
    return make_response(render_form(page, edited), status)


def _fill_from_file(edited: EditedCampaign, basis: Basis) -> Response:
    scope = find_scope(Permission.CAMPAIGNS_EDIT)
    found = read_file(lambda told: check_edit(edited.slug, told, find_merge_problem, scope=scope))
    note = request.form.get("note", "")
    if found.told is None:
        page = FormPage(request.form, wrong=found.wrong, basis=basis, note=note)
        return make_response(render_form(page, edited), 400)
    wrong = found.wrong
    if found.told.get("slug", edited.slug) != edited.slug:
        words = "The file is for another campaign. This one keeps its own name in addresses."
        wrong = {"file": words} | {name: one for name, one in wrong.items() if name != "slug"}
    page = FormPage(
        fill_form(found.told | {"slug": edited.slug}),
        wrong=wrong,
        basis=basis,
        filled_from=found.name,
        note=note,
    )
    return make_response(render_form(page, edited))


def _read_base(edited: EditedCampaign, basis: Basis) -> dict[str, Any]:
    """Return what the form was filled with; what is in force for a version that never was."""
    try:
        return read_before(db.session(), edited.id, basis)
    except NotFound:
        return describe_campaign(db.session.get_one(Campaign, edited.id))


def _read_number(name: str) -> int:
    return read_whole(request.form.get(name, ""), LARGEST_ID) or 0
