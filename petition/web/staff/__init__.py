"""The staff pages: sign-in, deliveries, held hundreds, review, comments, boundary sets."""

from flask import Flask

from petition.web.staff.pages import init_pages
from petition.web.staff.security import init_security


def init_app(app: Flask) -> None:
    """Register sign-in and the pages of the staff portal."""
    # Importing them registers their views.
    from petition.web.staff import (  # noqa: F401
        boundaries,
        comments,
        decisions,
        deliveries,
        milestones,
        review,
    )

    init_security(app)
    init_pages(app)
