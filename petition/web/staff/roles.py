"""The roles that the pages of the portal require."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort
from flask_security import auth_required, current_user

from petition.models import RoleName

# Each role may do what those before it may.
RANK = {
    role.value: rank
    for rank, role in enumerate((RoleName.VIEWER, RoleName.OPERATOR, RoleName.ADMIN))
}
View = TypeVar("View", bound=Callable[..., Any])


def staff_only(role: RoleName) -> Callable[[View], View]:
    """Require the role, or a higher one, for a view.

    - Not signed in: redirects to the sign-in page. Signed in with a lower role: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not may(role):
                abort(403)
            return view(*args, **kwargs)

        return cast(View, auth_required("session")(guarded))

    return decorate


def may(role: RoleName) -> bool:
    """Return whether the signed-in user has the role or a higher one."""
    if not current_user.is_authenticated:
        return False
    return any(RANK[held.name] >= RANK[role] for held in current_user.roles)


def get_actor() -> str:
    """Return the signed-in user as the actor of audit events."""
    return f"staff:{current_user.id}"
