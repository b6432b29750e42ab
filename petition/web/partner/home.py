"""The home of the portal, and of one organization in it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.core.extensions import db
from petition.partners.feed.applied_changes import find_owed
from petition.partners.profile.own_groups import (
    OwnGroup,
    list_own_groups,
    summarize_group,
)
from petition.partners.webhooks.endpoint_health import is_any_off
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import allows, requires_sign_in


@blueprint.get("/")
@requires_sign_in
def show_home() -> ResponseReturnValue:
    """Show each organization with the account's roles in it."""
    return render_template("partner/home.html", groups=list_own_groups(current_user.id))


@blueprint.get("/<slug:slug>/")
@of_organization(Permission.ORGANIZATION_READ, while_suspended=True)
def show_group_home(group: OwnGroup) -> ResponseReturnValue:
    """Show what is to do next in an organization, and its totals in words."""
    may_remove = group.is_approved and allows(Permission.PEOPLE_EXPORT, organization_id=group.id)
    return render_template(
        "partner/group_home.html",
        group=group,
        summary=summarize_group(group.id),
        owed=find_owed(group.id) if may_remove else None,
        is_webhook_off=is_any_off(db.session(), group.id),
    )
