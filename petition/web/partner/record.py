"""The record of an organization: who did what in it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.partners.profile.organization_record import MOST, list_record
from petition.partners.profile.own_groups import OwnGroup
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint


@blueprint.get("/<slug:slug>/record")
@of_organization(Permission.ORGANIZATION_READ, while_suspended=True)
def show_record(group: OwnGroup) -> ResponseReturnValue:
    """Show the latest entries."""
    return render_template(
        "partner/record.html", group=group, entries=list_record(group.id), most=MOST
    )
