"""Whether an organization may use the API: the one place that every road asks."""

from sqlalchemy import ColumnElement

from petition.models import Organization, OrganizationState


def is_in_good_standing() -> ColumnElement[bool]:
    """Return the condition on ``Organization`` that its tokens are taken.

    - Only of an approved one: not of one that has applied, was refused or is suspended.
    """
    return Organization.state == OrganizationState.APPROVED
