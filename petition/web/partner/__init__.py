"""The portal of partner organizations: sign-in, one's account, and the home of its groups."""

from flask import Flask

from petition.web.partner.pages import blueprint
from petition.web.portals.portal_pages import init_portal
from petition.web.ratelimit.look_up_limits import init_look_up_limits


def init_app(app: Flask) -> None:
    """Register the pages of partners; the portals' security is set up before."""
    # Importing them registers their views.
    from petition.web.partner import home, people  # noqa: F401

    init_look_up_limits(app)
    init_portal(app, blueprint)
