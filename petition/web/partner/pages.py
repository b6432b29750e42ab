"""The blueprint of the partner portal, with the sign-in and the pages of one's own account."""

from flask import Blueprint

from petition.web.portals.portal_pages import add_account_views

blueprint = Blueprint("partner", __name__, url_prefix="/partner")
add_account_views(blueprint)
