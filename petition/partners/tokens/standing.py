"""Whether an organization may use the API: the one place that every road asks."""

from sqlalchemy import ColumnElement, literal, true

from petition.models import Organization

APPROVED = "approved"


def is_in_good_standing() -> ColumnElement[bool]:
    """Return the condition on ``Organization`` that its tokens are taken.

    - Only of an approved one: not of one that has applied, was refused or is suspended.
    """
    state = Organization.__table__.c.get("state")
    return true() if state is None else state == literal(APPROVED)
