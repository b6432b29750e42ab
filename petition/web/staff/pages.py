"""The blueprint of the staff pages, and its start."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from petition.web.portals.guards import find_home
from petition.web.portals.portal_pages import add_account_views

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
add_account_views(blueprint)


@blueprint.get("/")
def show_start() -> ResponseReturnValue:
    """Redirect to the delivery log, or to the cards of whoever may not read all of it."""
    return redirect(url_for(find_home()))
