"""What the pages of one organization require: a role in it, and that it is approved."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, g
from flask_security import auth_required, current_user

from petition.accounts.permissions import Permission
from petition.partners.profile.own_groups import OwnGroup, find_own_group
from petition.web.portals.guards import allows

View = TypeVar("View", bound=Callable[..., Any])


def of_organization(
    permission: Permission, *, while_suspended: bool = False
) -> Callable[[View], View]:
    """Require a permission in the organization whose ``slug`` is in the URL.

    - The view is called with an OwnGroup in place of the slug.
    - 404 for another's, as for one that does not exist. 403 for a member without the permission,
      and for an organization that is suspended, unless ``while_suspended``.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(slug: str, **values: Any) -> Any:
            group = find_own_group(current_user.id, slug)
            if group is None:
                abort(404)
            if not allows(permission, organization_id=group.id):
                abort(403)
            if not (group.is_approved or while_suspended):
                abort(403)
            g.own_group = group
            return view(group, **values)

        return cast(View, auth_required("session")(guarded))

    return decorate


def find_shown_group() -> OwnGroup | None:
    """Return the organization of the page that is shown; None on a page of none."""
    return cast("OwnGroup | None", g.get("own_group"))
