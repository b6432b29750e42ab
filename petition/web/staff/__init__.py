"""The staff pages: sign-in, the delivery log, and what staff may do about a delivery."""

from flask import Flask

from petition.web.staff.pages import init_pages
from petition.web.staff.security import init_security


def init_app(app: Flask) -> None:
    """Register sign-in and the pages of the staff portal."""
    from petition.web.staff import decisions, deliveries  # noqa: F401  they add their views

    init_security(app)
    init_pages(app)
