"""The staff pages: deliveries, held hundreds, review, comments, boundary sets."""

from flask import Flask

from petition.web.portals.portal_pages import init_portal
from petition.web.staff.pages import blueprint


def init_app(app: Flask) -> None:
    """Register the pages of staff; the portals' security is set up before."""
    # Importing them registers their views.
    from petition.web.staff import (  # noqa: F401
        attention,
        boundaries,
        comments,
        decisions,
        deliveries,
        delivery_list,
        milestones,
        office_fixes,
        organizations,
        review,
    )
    from petition.web.staff.campaigns import (  # noqa: F401
        campaign_page,
        checklist,
        pause,
        preview,
        preview_documents,
    )
    from petition.web.staff.campaigns.drawing_limits import init_drawings
    from petition.web.staff.navigation import list_entries

    init_drawings(app)
    init_portal(app, blueprint)
    app.template_context_processors["staff"].append(lambda: {"staff_pages": list_entries()})
