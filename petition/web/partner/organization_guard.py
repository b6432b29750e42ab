"""What the pages of one organization require: a role in it, with the permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort
from flask_security import auth_required, current_user

from petition.accounts.permissions import Permission
from petition.partners.profile.own_groups import find_own_group
from petition.web.portals.guards import allows

View = TypeVar("View", bound=Callable[..., Any])


def of_organization(permission: Permission) -> Callable[[View], View]:
    """Require a permission in the organization whose ``slug`` is in the URL.

    - The view is called with an OwnGroup in place of the slug.
    - 404 for another's, as for one that does not exist; 403 for a member without the permission.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(slug: str, **values: Any) -> Any:
            group = find_own_group(current_user.id, slug)
            if group is None:
                abort(404)
            if not allows(permission, organization_id=group.id):
                abort(403)
            return view(group, **values)

        return cast(View, auth_required("session")(guarded))

    return decorate
