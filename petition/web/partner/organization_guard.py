"""Pages of one organization: ``/partner/<slug>/...``, for its members who may.

- Another organization's slug answers as one that does not exist.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort
from flask_security import auth_required, current_user
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.core.extensions import db
from petition.models import Organization
from petition.web.portals.guards import allows

View = TypeVar("View", bound=Callable[..., Any])


def of_organization(permission: Permission) -> Callable[[View], View]:
    """Require a permission in the organization of the view's ``slug``; the view gets the row.

    - Not signed in: redirects to the sign-in page. No role in it: 404. Without the permission: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(slug: str, **values: Any) -> Any:
            found = db.session.scalar(select(Organization).where(Organization.slug == slug))
            held = {grant.organization_id for grant in current_user.roles}
            if found is None or found.id not in held:
                abort(404)
            if not allows(permission, organization_id=found.id):
                abort(403)
            return view(found, **values)

        return cast(View, auth_required("session")(guarded))

    return decorate
