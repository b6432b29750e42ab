"""The record of an organization: who did what in it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.bulk.uploads.upload_record import list_told_ends
from petition.partners.profile.organization_record import MOST, list_record
from petition.partners.profile.own_groups import OwnGroup
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint


@blueprint.get("/<slug:slug>/record")
@of_organization(Permission.ORGANIZATION_READ, while_suspended=True)
def show_record(group: OwnGroup) -> ResponseReturnValue:
    """Show the latest entries."""
    entries = list_record(group.id, list_told_ends)
    return render_template("partner/record.html", group=group, entries=entries, most=MOST)
