"""The home of the portal: the organizations in which the account has a role."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Organization, RoleGrant
from petition.partners.profile.own_groups import OwnGroup
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import requires_sign_in


@blueprint.get("/")
@requires_sign_in
def show_home() -> ResponseReturnValue:
    """Show each organization with the account's roles in it."""
    rows = db.session.execute(
        select(Organization.slug, Organization.name, RoleGrant.role, Organization.id)
        .join(RoleGrant, RoleGrant.organization_id == Organization.id)
        .where(RoleGrant.user_id == current_user.id)
        .order_by(Organization.name, RoleGrant.id)
    )
    groups: dict[str, OwnGroup] = {}
    for slug, name, role, organization_id in rows:
        before = groups[slug].roles if slug in groups else ()
        groups[slug] = OwnGroup(organization_id, slug, name, (*before, role))
    return render_template("partner/home.html", groups=[*groups.values()])
