"""What the pages of both portals share: headers, template globals, account views, error pages."""

from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import Forbidden, HTTPException, default_exceptions

from petition.accounts.permissions import Permission
from petition.core.database import is_unavailable
from petition.core.errors import Retryable, UserError
from petition.core.logs import get_logger
from petition.error_messages.description import describe_wait
from petition.web.errors import TooManyRequests
from petition.web.origin import CrossSite
from petition.web.portals import links, own_account, second_factor, sign_in
from petition.web.portals.guards import allows, find_home
from petition.web.portals.login_limits import read_email
from petition.web.portals.portal import get_portal
from petition.web.portals.refusals import note_refusal, note_refused_sign_in
from petition.web.portals.session_checks import has_token

HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
FAILED = (
    "Something went wrong",
    "The error has been recorded for the operator of this service. Go back and check what was "
    "done before you try again.",
)
WORDS = {
    400: (
        "This form has expired",
        "It was opened before you signed in, or more than twelve hours ago. Nothing was changed. "
        "Go back, reload the page and repeat what you did.",
    ),
    403: (
        "Your role does not allow this",
        "Readers read the lists. Campaigners also open letters, which name people, and act on "
        "deliveries; reviewers settle signatures, comments and hundreds. An admin can give you "
        "another role.",
    ),
    404: ("There is no such page", "The address may be mistyped, or the page no longer exists."),
    405: ("This page does not accept that request", "Go back and use the buttons of the page."),
    413: (
        "That was too much to send at once",
        "Nothing was stored. Go back and choose a smaller file, or write less.",
    ),
    429: (
        "Too many attempts to sign in",
        "Wait {wait}, then try again. If you forgot your password, ask for a link to another one "
        "on the sign-in page.",
    ),
    503: ("The database does not answer", "Nothing was changed. Try again in a moment."),
}
PARTNER_ROLE = (
    "Your role does not allow this",
    "An owner of your organization can give you another role.",
)
FROM_ELSEWHERE = {
    "title": "This form came from another website",
    "words": (
        "Another website sent it in your name. Nothing was changed. Open the page on this site "
        "and do it there."
    ),
}

log = get_logger(__name__)


def add_account_views(blueprint: Blueprint) -> None:
    """Add the sign-in and the pages of one's own account to a portal's blueprint."""
    for module in (sign_in, second_factor, links, own_account):
        module.add_views(blueprint)


def init_portal(app: Flask, blueprint: Blueprint) -> None:
    """Register a portal's blueprint, with the headers and error pages of the portals."""
    app.register_blueprint(blueprint)
    name = blueprint.name
    app.after_request_funcs.setdefault(name, []).append(set_headers)
    app.template_context_processors[name].append(give_globals)
    handlers = app.error_handler_spec[name]
    # For each code: the app's handler for a code takes precedence over a blueprint's for all.
    for code, kind in default_exceptions.items():
        handlers[code][kind] = show_http_error
    handlers[None].update(
        {
            TooManyRequests: show_too_many,
            UserError: show_user_error,
            Retryable: show_unavailable,
            PoolTimeout: show_unavailable,
            DBAPIError: show_database_error,
            Exception: show_failure,
        }
    )


def set_headers(response: Response) -> Response:
    """Forbid caching and indexing a page of a portal; one of a link is named to nobody."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if has_token(request):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def give_globals() -> dict[str, Any]:
    """Return the template globals: the portal, and the permissions of the signed-in account."""
    return {
        "may": allows,
        "Permission": Permission,
        "portal": get_portal(),
        "find_home": find_home,
    }


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show an HTTP error in the portal's layout."""
    if isinstance(error, CSRFError):
        note_refusal("token")
    elif error.code == Forbidden.code:
        note_refusal("role")
    return _show(error.code or 500)


def show_user_error(error: UserError) -> ResponseReturnValue:
    """Show a UserError that no view has handled."""
    if isinstance(error, CrossSite):
        note_refusal("cross-site")
        return make_response(render_template("account/error.html", **FROM_ELSEWHERE), error.status)
    return _show(error.status)


def show_too_many(error: TooManyRequests) -> ResponseReturnValue:
    """Show how long to wait before the next attempt to sign in."""
    note_refused_sign_in(read_email())
    response = _show(429, describe_wait(error.seconds))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def show_unavailable(error: Exception) -> ResponseReturnValue:
    """Show that the database is unavailable for now."""
    log.warning("portal.unavailable", endpoint=request.endpoint, error=type(error).__name__)
    return _show(503)


def show_database_error(error: DBAPIError) -> ResponseReturnValue:
    """Show that the database is unavailable; any other database error is a bug."""
    return show_unavailable(error) if is_unavailable(error) else show_failure(error)


def show_failure(error: Exception) -> ResponseReturnValue:
    """Show an internal error, and log its traceback without messages, which may hold values."""
    log.error("portal.failed", endpoint=request.endpoint, exc_info=True)
    return _show(500)


def _show(code: int, wait: str = "") -> Response:
    title, words = WORDS.get(code, FAILED)
    if code == Forbidden.code and get_portal().name == "partner":
        title, words = PARTNER_ROLE
    page = render_template("account/error.html", title=title, words=words.format(wait=wait))
    response = make_response(page, code)
    return response
