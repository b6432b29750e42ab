"""What the pages of a portal require: a sign-in, a permission, a recent proof of who it is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, abort, current_app, redirect, request, url_for
from flask_security import auth_required, current_user
from werkzeug.exceptions import HTTPException

from petition.accounts.permissions import Permission, covers
from petition.web.portals.portal import get_portal
from petition.web.portals.session_checks import is_recent

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: Permission, *, of: str | None = None) -> Callable[[View], View]:
    """Require a permission for a view.

    - ``of``: the name of the view's argument that it is for, ``campaign_id`` or
      ``organization_id``; None: for the whole service.
    - Not signed in: redirects to the sign-in page. Signed in without the permission: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not allows(permission, **({of: kwargs[of]} if of else {})):
                abort(403)
            return view(*args, **kwargs)

        return cast(View, auth_required("session")(guarded))

    return decorate


def is_signed_in() -> bool:
    """Return whether the visitor of the page is signed in."""
    return bool(current_user.is_authenticated)


def requires_sign_in(view: View) -> View:
    """Require a sign-in in the portal for a view, and no permission."""
    return cast(View, auth_required("session")(view))


def requires_recent(view: View) -> View:
    """Require that the password or a code was entered within the last 15 minutes.

    - For what sends personal data somewhere new, hands it out, or cannot be undone
      (docs/roles.md); to be put below ``requires``. Otherwise redirects to the page that asks for
      one of them, which leads back: of a form that was sent to its page, to be sent again.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if is_recent() else ask_for_proof()

    return cast(View, guarded)


def ask_for_proof(back: str = "") -> Response:
    """Return the way to the page that asks for a password or a code, and leads back.

    - ``back``: the page to lead back to; otherwise that of the request, or of its form, which is
      told to be sent again: nothing of it is kept.
    """
    portal, is_sent = get_portal(), request.method == "POST"
    wanted = back or (_find_form_page() if is_sent else request.full_path.rstrip("?"))
    target = wanted if portal.is_local(wanted) else None
    again = 1 if is_sent else None
    return cast(Response, redirect(url_for(f"{portal.name}.prove", next=target, again=again)))


def _find_form_page() -> str:
    """Return the path of the page with the form of this request: its own, or the nearest above."""
    urls = current_app.create_url_adapter(request)
    path = request.path
    while urls is not None and path.count("/") > 1:
        try:
            urls.match(path, method="GET")
        except HTTPException:  # no page, or one that only takes forms
            path = path.rpartition("/")[0]
        else:
            return path
    return ""


def allows(
    permission: Permission, *, campaign_id: int | None = None, organization_id: int | None = None
) -> bool:
    """Return whether the signed-in account has a permission, for the service or for one scope."""
    if not current_user.is_authenticated:
        return False
    return covers(
        current_user.roles, permission, campaign_id=campaign_id, organization_id=organization_id
    )


def find_home() -> str:
    """Return the endpoint of the start page: of staff for one campaign, what waits there."""
    portal = get_portal()
    if portal.name == "staff" and current_user.is_authenticated:
        if not allows(Permission.DELIVERIES_READ):
            return "staff.list_causes"
    return portal.home


def get_actor() -> str:
    """Return the signed-in account as the actor of audit events: ``staff:7``, ``partner:7``."""
    return f"{get_portal().name}:{current_user.id}"
