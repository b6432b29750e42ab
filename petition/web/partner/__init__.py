"""The portal of partner organizations: sign-in, one's account, and the home of its groups."""

from flask import Flask

from petition.web.partner.pages import blueprint
from petition.web.portals.portal_pages import init_portal


def init_app(app: Flask) -> None:
    """Register the pages of partners; the portals' security is set up before."""
    from petition.web.partner import home, messages  # noqa: F401  importing registers views

    init_portal(app, blueprint)
