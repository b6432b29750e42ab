"""The portal of partner organizations: sign-in, one's account, and the pages of its groups."""

from flask import Flask

from petition.web.partner.pages import blueprint
from petition.web.portals.portal_pages import init_portal
from petition.web.ratelimit.look_up_limits import init_look_up_limits


def init_app(app: Flask) -> None:
    """Register the pages of partners; the portals' security is set up before."""
    # Importing them registers their views.
    from petition.web.partner import (  # noqa: F401
        bases,
        exports,
        home,
        imports,
        members,
        messages,
        organization,
        people,
        reach,
        record,
        tokens,
        webhooks,
    )
    from petition.web.partner.navigation import list_entries
    from petition.web.partner.organization_guard import find_shown_group

    init_look_up_limits(app)
    imports.init_app(app)
    reach.init_app(app)
    init_portal(app, blueprint)
    app.template_context_processors["partner"].append(
        lambda: {"shown_group": find_shown_group(), "group_pages": list_entries()}
    )
