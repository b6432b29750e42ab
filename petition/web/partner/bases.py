"""What owners do with the bases of their organization: ask for another, and remove one."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound
from petition.partners.bases.base_changes import ask_base, end_base
from petition.partners.partner_problems import PartnerProblem
from petition.partners.profile.own_groups import OwnGroup
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization import show_form
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor


@blueprint.post("/<slug:slug>/bases")
@of_organization(Permission.ORGANIZATION_EDIT)
def change_bases(group: OwnGroup) -> ResponseReturnValue:
    """Ask for a base (``postal_code``), which waits for staff, or remove one (``base``) at once."""
    if "base" in request.form:
        end_base(_read_base(), actor=get_actor(), organization_id=group.id)
        flash("The base is removed.")
    else:
        try:
            name = ask_base(group.id, request.form.get("postal_code", "")[:20], actor=get_actor())
        except InvalidInput as refused:
            return show_form(group, refused), refused.status
        flash(f"The base in {name} waits for the staff of the service.")
    return redirect(url_for("partner.edit_group", slug=group.slug) + "#bases", 303)


def _read_base() -> int:
    number = read_whole(request.form["base"], LARGEST_ID)
    if number is None:
        raise NotFound(PartnerProblem.NO_BASE)
    return number
