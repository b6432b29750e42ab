"""The staff pages: deliveries, held hundreds, review, comments, campaigns, boundary sets."""

from flask import Flask

from petition.web.portals.portal_pages import init_portal
from petition.web.staff.pages import blueprint


def init_app(app: Flask) -> None:
    """Register the pages of staff; the portals' security is set up before."""
    # Importing them registers their views.
    from petition.web.staff import (  # noqa: F401
        attention,
        boundaries,
        brake_limits,
        comments,
        milestones,
        organizations,
        retention,
        review,
    )
    from petition.web.staff.accounts import account_acts, account_pages  # noqa: F401
    from petition.web.staff.audit import trail_pages  # noqa: F401
    from petition.web.staff.campaigns import (  # noqa: F401
        campaign_list,
        checklist,
        consent_pages,
        editor,
        pause,
        picture_pages,
        preview,
        preview_documents,
        states,
        uploaded_file,
        version_pages,
    )
    from petition.web.staff.campaigns.drawing_limits import init_drawings
    from petition.web.staff.deliveries import (  # noqa: F401
        delivery_acts,
        delivery_list,
        delivery_page,
        letter_files,
        office_fixes,
    )
    from petition.web.staff.figures import figure_pages, service_page  # noqa: F401
    from petition.web.staff.navigation import list_entries
    from petition.web.staff.officials import (  # noqa: F401
        post_list,
        post_page,
        rosters,
        typed_bodies,
    )
    from petition.web.staff.scopes import may_somewhere
    from petition.web.staff.signatures import one, search  # noqa: F401
    from petition.web.staff.signatures.search_limits import init_searches

    rosters.init_app(app)
    init_drawings(app)
    init_searches(app)
    init_portal(app, blueprint)
    uploaded_file.init_app(app)
    app.template_context_processors["staff"].append(
        lambda: {"staff_pages": list_entries(), "may_somewhere": may_somewhere}
    )
