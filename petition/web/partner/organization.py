"""The page on which owners change their organization, with a preview of what is shown."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import Organization
from petition.models.organizations.organization_base import MOST_BASES
from petition.partners.bases.base_list import list_bases
from petition.partners.bases.reach_areas import name_divisions
from petition.partners.logos import LARGEST
from petition.partners.profile.organization_edits import edit_organization, read_organization
from petition.partners.profile.organization_form import read_edit
from petition.partners.profile.own_groups import OwnGroup
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor


@blueprint.get("/<slug:slug>/organization")
@of_organization(Permission.ORGANIZATION_EDIT)
def edit_group(group: OwnGroup) -> ResponseReturnValue:
    """Show the form with what is stored."""
    return show_form(group)


@blueprint.post("/<slug:slug>/organization")
@of_organization(Permission.ORGANIZATION_EDIT)
def save_group(group: OwnGroup) -> ResponseReturnValue:
    """Store the changes: some are shown at once, the others wait for staff."""
    sent = request.files.get("logo")
    try:
        edit = read_edit(request.form, sent.stream.read(LARGEST + 1) if sent else b"")
        waits = edit_organization(group.id, edit, actor=get_actor())
    except InvalidInput as refused:
        return show_form(group, refused), refused.status
    told = "Saved."
    if waits:
        told += " The change of name or members waits for the staff of the service."
    flash(told)
    return redirect(url_for("partner.edit_group", slug=group.slug), 303)


def show_form(group: OwnGroup, refused: InvalidInput | None = None) -> str:
    """Return the page, with what is stored; with what was typed where that was refused."""
    found, waiting = read_organization(group.id)
    # What was typed for a base is a form of its own: the other shows what is stored.
    typed = request.form.to_dict() if refused else {}
    return render_template(
        "partner/organization.html",
        group=group,
        found=found,
        waiting=waiting,
        typed=typed if "name" in typed else _fill(found, waiting) | typed,
        problems=describe_fields(refused) if refused else {},
        bases=list_bases(group.id),
        most_bases=MOST_BASES,
        districts=name_divisions(found.reach_divisions),
    )


def _fill(found: Organization, waiting: dict[str, object]) -> dict[str, str]:
    members = waiting.get("members", found.members)
    return {
        "name": str(waiting.get("name", found.name)),
        "url": found.url or "",
        "about": found.about,
        "offering": found.offering,
        "contact_name": found.contact_name,
        "contact_email": found.contact_email or "",
        "contact_phone": found.contact_phone,
        "reach_km": str(found.reach_km or ""),
        "reach_divisions": "\n".join(found.reach_divisions),
        "members": "\n".join(members if isinstance(members, list) else []),
    }
